/*
 * A delta as text for people: which record, which fields, which lines of its content.
 */
#ifndef GM_CMD_RECORD_TEXT_H
#define GM_CMD_RECORD_TEXT_H

#include "cmd/delta.h"

/*
 * Append a block: "changed 1a2b3c4d keys/user/editor.md", the fields as "field: old -> new",
 * the content line by line with + and -.
 */
int gm_put_record_text(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides, bool colored);

/* Append the lines of a patch for a terminal: coloured, and without control characters. */
int gm_put_patch_colored(struct gm_buf *out, const struct gm_buf *patch, bool colored);

#endif
