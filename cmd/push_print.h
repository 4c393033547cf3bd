/*
 * Telling what became of a push: as git does, on standard error; or by --json, a line a ref.
 */
#ifndef GM_CMD_PUSH_PRINT_H
#define GM_CMD_PUSH_PRINT_H

#include "cmd/command.h"
#include "cmd/merge_job.h"
#include "sync/push_request.h"
#include "sync/remote.h"

/* Where it went and what was merged for it. Start with GM_PUSH_TOLD_INIT. */
struct gm_push_told {
	struct gm_call *call;
	const struct gm_remote *remote;
	bool dry_run;
	json_t *merges; /* for --json: of each branch that was merged into, a list */
};

#define GM_PUSH_TOLD_INIT       \
	{                       \
		.merges = NULL, \
	}
#define gm_autopushtold gm_cleanup(gm_push_told_dispose) struct gm_push_told
void gm_push_told_dispose(struct gm_push_told *told);

/* A gm_push_merged_fn, whose payload is a struct gm_push_told. */
int gm_push_tell_merge(const struct gm_merge_job *job, void *payload);

/* Tell of all refs; with -q, of those that were refused. */
int gm_push_tell(const struct gm_push_told *told, const struct gm_push_result *result);

/* What --json tells of a ref. */
int gm_pushed_json(
	json_t **out, const struct gm_push_told *told, const struct gm_pushed_ref *ref);

/* GM_ENO, with a hint, when one of them was refused. */
int gm_push_judge(const struct gm_push_told *told, const struct gm_push_result *result);

#endif
