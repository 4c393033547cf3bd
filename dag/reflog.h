/*
 * Reflogs in Git's format: `OLD NEW NAME <MAIL> SECONDS ZONE TAB MESSAGE LF`.
 *
 * Lines are appended under the repository lock, each by one write, before the ref moves. They
 * are not flushed: a power cut may cost the last ones, never a ref. Reading needs no lock; a
 * last line that was not written whole is passed over, and cut off by the next append.
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

/* True when Git keeps a log of this ref: HEAD, branches, remote branches, notes. */
bool gm_reflog_is_kept(const char *ref);

/*
 * Append one line to the log of `ref` below `gitdir`, making the file when it is missing.
 * Blanks, newlines and control characters in the message become single spaces; a very long
 * one is cut.
 */
int gm_reflog_append(const char *gitdir, const char *ref, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid, const struct gm_signature *who,
	const char *message);

/* Append TAB and a message as it stands in a log; nothing for one that is empty. */
int gm_reflog_put_message(struct gm_buf *out, const char *message);

/*
 * Where a log ends, to go back there when what was appended since did not come true. Going
 * back is best effort and needs no memory.
 */
struct gm_reflog_mark {
	char *path;
	int64_t end; /* -1: there was no log */
};

int gm_reflog_mark(struct gm_reflog_mark *out, const char *gitdir, const char *ref);
void gm_reflog_go_back(const struct gm_reflog_mark *mark);
void gm_reflog_mark_dispose(struct gm_reflog_mark *mark);

/*
 * Newest first, whatever the size of the log. A ref without a log has no entries.
 * GM_EMISMATCH names a broken line; one with a NUL in it is what a power cut has left, as logs
 * are not flushed, and passed over. A non-zero return of the callback ends it.
 */
typedef int (*gm_reflog_each_fn)(const struct gm_reflog_entry *entry, void *payload);
int gm_reflog_each(
	const char *gitdir, const char *ref, gm_reflog_each_fn each, void *payload);

/* The same for an open log file; `name` is for messages. */
int gm_reflog_each_fd(int fd, const char *name, gm_reflog_each_fn each, void *payload);

/*
 * Write the log anew without the entries for which `keep` returns 0 (1 keeps one). What is no
 * entry stays. The caller holds the locks of the ref. Fine when there is no log.
 */
int gm_reflog_filter(
	const char *gitdir, const char *ref, gm_reflog_each_fn keep, void *payload);

/* The log follows its ref's fate: removed with it, or renamed. Fine when there is none. */
int gm_reflog_remove(const char *gitdir, const char *ref);
int gm_reflog_rename(const char *gitdir, const char *from, const char *to);

#endif
