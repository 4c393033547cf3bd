/*
 * Pushing until it is done: where the remote has moved, what it has is fetched and merged, and
 * what comes of it is pushed again. What `push` and `sync` do.
 */
#ifndef GM_CMD_PUSH_ROUNDS_H
#define GM_CMD_PUSH_ROUNDS_H

#include "cmd/merge_job.h"
#include "cmd/push_list.h"
#include "sync/process.h"

/* How often it is tried at most. */
#define GM_PUSH_MAX_ROUNDS 20

/* Told of each merge that was made on the way; a failure ends it all. */
typedef int (*gm_push_merged_fn)(const struct gm_merge_job *job, void *payload);

/* All lent. */
struct gm_push_rounds {
	const struct gm_remote *remote;
	const struct gm_push_list *list;
	const char *action; /* "push", "sync": begins the reflog's lines */
	bool dry_run;       /* one round, in which nothing is sent */
	bool no_verify;
	bool is_atomic;
	gm_push_merged_fn merged; /* may be NULL */
	void *payload;
};

/*
 * Push the list. What became of each ref in the end is in `out`, which must be fresh, in the order
 * of the list; refs that were restored besides come behind. One that is BEHIND still could not be
 * merged here, for it is no branch, or did not come through in all these rounds.
 *
 * Codes are those of gm_sync_push(), gm_sync_fetch() and gm_pull_merge(): what was pushed before
 * stays pushed, what was merged stays merged, and `out` tells of it also then. A ref that was not
 * come to has no `remote_ref` in it.
 */
int gm_push_rounds(struct gm_push_result *out, struct gm_call *call, struct gm_sync *sync,
	const struct gm_push_rounds *rounds);

#endif
