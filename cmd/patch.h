/*
 * A delta as a patch: the unified diff with Git's headers that `git apply` takes.
 */
#ifndef GM_CMD_PATCH_H
#define GM_CMD_PATCH_H

#include "cmd/delta.h"

/*
 * Append the patch of one delta. A record that moved is removed at one path and made at the
 * other. What is no text is told in base 85.
 */
int gm_put_patch(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides);

#endif
