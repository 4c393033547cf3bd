/*
 * A delta as a patch: the unified diff with Git's headers that `git apply` takes.
 */
#ifndef GM_CMD_PATCH_H
#define GM_CMD_PATCH_H

#include "cmd/delta.h"

/*
 * Append the patch of one delta that did not move (gm_deltas_split_moves()). What is no text is
 * told in base 85.
 */
int gm_put_patch(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides);

#endif
