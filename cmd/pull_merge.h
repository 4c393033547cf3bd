/*
 * Merging what was fetched of a remote's branch into one of ours, record by record: what `pull`
 * and `sync` do, and a push that came second before it tries again.
 *
 * It asks nobody, needs no connection, and loses nothing: where a commit joins the two, both
 * tips stay below refs/gitmem/rescue/ (dag/rescue_ref.h). The stage of the branch stays as it
 * is, and the index follows.
 */
#ifndef GM_CMD_PULL_MERGE_H
#define GM_CMD_PULL_MERGE_H

#include "cmd/merge_job.h"

struct gm_remote;

/* All lent. */
struct gm_pull_request {
	const struct gm_remote *remote;
	const char *branch; /* ours to merge into, "main"; NULL: the call's own head */
	const char *remote_ref; /* the full name of theirs at the remote */
	struct gm_oid
		theirs; /* where that was when it was fetched: a commit, or a tag of one */
	const char *action; /* "pull", "push", "sync": begins the reflog's line */
	enum gm_merge_strategy strategy;
	bool dry_run;
	bool no_ff;
	bool ff_only;
	bool allow_unrelated;
	bool no_verify; /* do not ask the hook commit-msg */
};

/*
 * Merge; `out` must be fresh (GM_MERGE_JOB_INIT), is disposed of by the caller also on failure,
 * and tells how it went: cmd/merge_print.h prints it. The lock is taken, and let go again.
 * Afterwards signals count, for there may be more to do.
 *
 * With the strategy `manual` conflicts wait to be settled: gm_merge_job_waits(). GM_EEXISTS when
 * an earlier merge waits on the branch, GM_ERROR with a hint when the histories are unrelated.
 */
int gm_pull_merge(struct gm_merge_job *out, struct gm_call *call,
	const struct gm_pull_request *request);

/* {ours, theirs}: the refs that keep both tips; null when nothing had to be kept. */
int gm_merge_job_rescue_json(json_t **out, const struct gm_merge_job *job);

#endif
