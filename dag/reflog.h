/*
 * Reflogs in Git's format: `OLD NEW NAME <MAIL> SECONDS ZONE TAB MESSAGE LF`.
 */
#ifndef GM_DAG_REFLOG_H
#define GM_DAG_REFLOG_H

#include "dag/commit.h"

struct gm_reflog_entry {
	struct gm_oid old_oid;
	struct gm_oid new_oid;
	struct gm_signature who;
	const char *message; /* lent, without the newline */
};

/* Append one line to the log of `ref` below `gitdir`, making the file when it is missing. */
int gm_reflog_append(const char *gitdir, const char *ref, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid, const struct gm_signature *who, const char *message);

/* Newest first. A ref without a log has no entries. GM_EMISMATCH names a broken line. */
typedef int (*gm_reflog_each_fn)(const struct gm_reflog_entry *entry, void *payload);
int gm_reflog_each(const char *gitdir, const char *ref, gm_reflog_each_fn each, void *payload);

/* The log follows its ref's fate: removed with it, or renamed. Fine when there is none. */
int gm_reflog_remove(const char *gitdir, const char *ref);
int gm_reflog_rename(const char *gitdir, const char *from, const char *to);

#endif
