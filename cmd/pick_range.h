/*
 * Which commits `cherry-pick` and `revert` are to go through, and in which order.
 */
#ifndef GM_CMD_PICK_RANGE_H
#define GM_CMD_PICK_RANGE_H

#include "cmd/command.h"

struct gm_pick_range {
	struct gm_oid *items;
	size_t n;
	size_t cap;
};

#define GM_PICK_RANGE_INIT                      \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autopickrange gm_cleanup(gm_pick_range_dispose) struct gm_pick_range
void gm_pick_range_dispose(struct gm_pick_range *range);

/*
 * The commits that the arguments name, in the order they are given; with a range among them all
 * that it holds, no parent behind a child with `oldest_first`, else no child behind a parent.
 * `out` must be empty.
 */
int gm_pick_range_find(struct gm_pick_range *out, struct gm_call *call,
	const struct gm_options_result *args, bool oldest_first);

#endif
