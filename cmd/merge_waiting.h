/*
 * The merge that waits on a branch, as `merge --continue`, `resolve`, `list --conflicts` and
 * `status` see it: computed anew on the tip that the branch has now.
 */
#ifndef GM_CMD_MERGE_WAITING_H
#define GM_CMD_MERGE_WAITING_H

#include "cmd/command.h"
#include "dag/merge.h"

struct gm_waiting_merge {
	struct gm_merge_state state;
	struct gm_merge_options options; /* lends from `state` */
	struct gm_merge merge;           /* after gm_waiting_merge_plan() */
};

#define GM_WAITING_MERGE_INIT                                         \
	{                                                             \
		.state = GM_MERGE_STATE_INIT, .merge = GM_MERGE_INIT, \
	}
#define gm_autowaiting gm_cleanup(gm_waiting_merge_dispose) struct gm_waiting_merge
void gm_waiting_merge_dispose(struct gm_waiting_merge *waiting);

/*
 * What waits on the branch `head`, into a fresh `out`. GM_ENOTFOUND, with a message for people,
 * when nothing does.
 */
int gm_waiting_merge_read(
	struct gm_waiting_merge *out, struct gm_call *call, const struct gm_head *head);

/*
 * Compute it; `start` is where a branch that does not exist yet starts. With `settled` what was
 * settled so far counts, else every conflict is told as one.
 */
int gm_waiting_merge_plan(struct gm_waiting_merge *waiting, struct gm_call *call,
	const struct gm_oid *start, bool settled);

/*
 * What is to be told of the merge that waits on `head`, if one does: lines for people, appended;
 * or {commit, name, message, conflicts}, JSON null when none does. `conflicts` is how many have
 * to be settled, null when that cannot be computed.
 */
int gm_put_waiting_merge(
	struct gm_buf *out, struct gm_call *call, const struct gm_head *head);
int gm_waiting_merge_json(json_t **out, struct gm_call *call, const struct gm_head *head);

/*
 * Print the conflicts that have to be settled, with the texts of both sides: as
 * gm_put_decision() or, one a line, as gm_decision_json(). Nothing when no merge waits.
 */
int gm_print_unsettled(struct gm_call *call);

/* How people call a head: "branch 'main'", "the detached HEAD". Appended. */
int gm_put_head_name(struct gm_buf *out, const struct gm_head *head);

/* GM_ENO: conflicts are left, with the advice what to do about them unless it is a dry run. */
int gm_unsettled(const struct gm_merge *merge, bool is_dry);

/* Warn of what was settled and does not count any more. */
void gm_warn_stale(const struct gm_waiting_merge *waiting);

#endif
