/*
 * What `cherry-pick` and `revert` share: what a commit changed is done once more, or undone, on
 * the branch, memory by memory (dag/tree_merge.h).
 *
 * Each commit is made under the lock on the branch as it is then, so other writers are never in
 * the way.
 */
#ifndef GM_CMD_PICK_H
#define GM_CMD_PICK_H

#include <stdint.h>

#include "cmd/command.h"

struct gm_pick_options {
	bool is_revert;
	size_t mainline; /* which parent of a merge counts, from 1; SIZE_MAX: none was named */
	bool edit;       /* let the person write the message */
	bool no_commit;       /* stage it */
	bool tells_origin;    /* add "(cherry picked from commit ...)" */
	const char *strategy; /* "auto", "ours", "theirs"; NULL: auto */
};

#define GM_PICK_OPTIONS_INIT          \
	{                             \
		.mainline = SIZE_MAX, \
	}

/* Options that both have, for their tables. */
#define GM_PICK_OPTIONS 4
void gm_pick_options_fill(
	struct gm_option out[GM_PICK_OPTIONS], struct gm_pick_options *options);

/*
 * Do so for every commit that the revisions name: one after the other as they are given; with a
 * range among them, all that the walk finds, the oldest first, but a revert begins with the
 * newest. GM_ENO when nothing at all was left to do.
 */
int gm_pick_all(struct gm_call *call, const struct gm_options_result *args,
	const struct gm_pick_options *options);

#endif
