/*
 * The reflogs that tell of one change of a ref, written and taken back together.
 */
#ifndef GM_DAG_REF_LOGS_H
#define GM_DAG_REF_LOGS_H

#include "dag/reflog.h"
#include "dag/refs_internal.h"

/* The ref, and those that lead to it from the name that was given and from HEAD. */
#define GM_REF_LINKS_MAX 6
#define GM_REF_LOGS_MAX (1 + 2 * GM_REF_LINKS_MAX)

struct gm_ref_log {
	char *ref;
	struct gm_reflog_mark mark; /* where it ended before */
	struct gm_ref_lock held;    /* of a ref other than the one that changes */
};

/* Prepared by zeros. */
struct gm_ref_logs {
	struct gm_ref_log items[GM_REF_LOGS_MAX];
	size_t n;
};

/* Add the log of one ref, unless it is there or Git keeps none of such a ref. */
int gm_ref_logs_add(struct gm_ref_logs *logs, const char *ref);

/* The same for each symbolic ref on the way from `name` to `target`, which is left out. */
int gm_ref_logs_add_way(struct gm_ref_logs *logs, struct gm_refs *refs, const char *name,
	const char *target);

/* Append the lock files that gm_ref_logs_lock() makes, a space before each. */
int gm_ref_logs_put_locks(
	struct gm_buf *out, const struct gm_ref_logs *logs, const char *target);

/* Lock the refs of the logs, but for `target`, which is locked. */
int gm_ref_logs_lock(struct gm_ref_logs *logs, const struct gm_refs *refs,
	struct gm_lock *lock, const char *target);

/* Append a line to every log, or to none. */
int gm_ref_logs_write(struct gm_ref_logs *logs, const char *gitdir,
	const struct gm_reflog_entry *entry);

/* Take the lines back. Best effort. */
void gm_ref_logs_undo(const struct gm_ref_logs *logs);

/* Let go of the locks as well. */
void gm_ref_logs_dispose(struct gm_ref_logs *logs);

#endif
