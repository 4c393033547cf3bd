/*
 * What became of a content, and patches, as lines for people.
 */
#ifndef GM_CMD_CONTENT_TEXT_H
#define GM_CMD_CONTENT_TEXT_H

#include "cmd/delta.h"

/* What the lines of a delta begin with, below its header. */
#define GM_DELTA_INDENT "  "

/*
 * Append the content of a record (or file) that changed, word by word and with three lines of
 * context: in colours, or with [-old-] and {+new+}. One that came or went as a whole is told
 * line by line, behind + or -.
 */
int gm_put_content_text(
	struct gm_buf *out, const struct gm_delta_sides *sides, bool colored);

/* Append the lines of a patch for a terminal: coloured, and without control characters. */
int gm_put_patch_colored(struct gm_buf *out, const struct gm_buf *patch, bool colored);

#endif
