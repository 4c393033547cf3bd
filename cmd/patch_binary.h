/*
 * The part of a patch that changes a file which is no text, as `git diff --binary` writes it and
 * `git apply` reads it: both contents whole, deflated, in base 85.
 */
#ifndef GM_CMD_PATCH_BINARY_H
#define GM_CMD_PATCH_BINARY_H

#include "dag/line_diff.h"

/* Append it, for behind the `index` line, which must have whole ids. */
int gm_put_binary_patch(
	struct gm_buf *out, struct gm_text old_bytes, struct gm_text new_bytes);

#endif
