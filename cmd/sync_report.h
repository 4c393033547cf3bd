/*
 * What `sync` tells: nothing when nothing happened; by --json, a line a branch.
 */
#ifndef GM_CMD_SYNC_REPORT_H
#define GM_CMD_SYNC_REPORT_H

#include "cmd/push_print.h"
#include "cmd/sync_branches.h"

/* Print what was merged into the branches. For people only. */
int gm_sync_print_merges(struct gm_call *call, const struct gm_sync_branches *branches);

/* Print {branch, remote, remote_ref, state, merge, rescue, push, error} of each. */
int gm_sync_print_json(const struct gm_sync_branches *branches,
	const struct gm_push_told *told, const struct gm_push_result *pushed);

/* Whether all of them are in sync: else the error that says what keeps them from it. */
int gm_sync_judge(const struct gm_sync_branches *branches);

#endif
