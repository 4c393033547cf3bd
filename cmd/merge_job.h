/*
 * A merge on its way, as `merge`, `pull`, `sync` and a push that was late make it: what is to be
 * merged into what, and how that went.
 *
 * It is planned without the lock, which leaves no trace, and then made: gm_merge_job_plan(),
 * gm_merge_job_make(). What is planned and dropped was a dry run.
 */
#ifndef GM_CMD_MERGE_JOB_H
#define GM_CMD_MERGE_JOB_H

#include "cmd/merge_waiting.h"
#include "cmd/write.h"

/* What a merge of a remote's branch is to keep of both sides: dag/rescue_ref.h. All lent. */
struct gm_merge_rescue {
	const char *remote;     /* as in struct gm_rescue */
	const char *remote_ref; /* the branch's full name there */
};

struct gm_merge_job {
	struct gm_call *call;
	struct gm_writer writer; /* with the head to merge into, and where that starts */
	struct gm_waiting_merge merge;
	const char *
		action; /* begins the reflog's lines: "pull"; NULL: "merge NAME". Lent. */
	const struct gm_merge_rescue *rescue; /* NULL: nothing is kept */
	bool goes_on;                         /* one that waited */
	bool is_dry;
	struct gm_transaction_result result;
	struct gm_buf
		ours_kept; /* the names of the refs that keep both tips; empty: none */
	struct gm_buf theirs_kept;
};

#define GM_MERGE_JOB_INIT                                                 \
	{                                                                 \
		.writer = GM_WRITER_INIT, .merge = GM_WAITING_MERGE_INIT, \
		.result = GM_TRANSACTION_RESULT_INIT,                     \
		.ours_kept = GM_BUF_INIT(GM_BUF_PATH),                    \
		.theirs_kept = GM_BUF_INIT(GM_BUF_PATH),                  \
	}
#define gm_automergejob gm_cleanup(gm_merge_job_dispose) struct gm_merge_job
void gm_merge_job_dispose(struct gm_merge_job *job);

/* All lent. */
struct gm_merge_request {
	const char *name; /* of what is merged, to be told: "x", "origin/main~2" */
	struct gm_oid theirs;
	const char *message; /* the whole message of the commit */
	enum gm_merge_strategy strategy;
	bool dry_run;
	bool no_ff;
	bool ff_only;
	bool allow_unrelated;
};

/* "auto", "ours", "theirs", "manual"; and back, `auto` for NULL. */
const char *gm_merge_strategy_name(enum gm_merge_strategy strategy);
enum gm_merge_strategy gm_merge_strategy_find(const char *name);

/*
 * Find out what is to be done, in a job with a head. GM_EEXISTS when another merge waits on it;
 * GM_ERROR when it cannot be as the request says, with a hint where histories are unrelated.
 */
int gm_merge_job_plan(struct gm_merge_job *job, const struct gm_merge_request *request);

/*
 * Do it, or let it wait where conflicts have to be settled first. Takes the lock unless the job
 * has it, and lets go of it. Signals no longer count when the branch has moved.
 */
int gm_merge_job_make(struct gm_merge_job *job);

/* Whether conflicts are left that somebody has to settle first. */
bool gm_merge_job_waits(const struct gm_merge_job *job);

#endif
