/*
 * A delta as text for people: which record, which fields, which words of its content.
 */
#ifndef GM_CMD_RECORD_TEXT_H
#define GM_CMD_RECORD_TEXT_H

#include "cmd/delta.h"

/*
 * Append a block: "changed 1a2b3c4d keys/user/editor.md", the fields as "field: old -> new",
 * the content as gm_put_content_text() tells it. A delta that has its other half as `reworded`
 * is told as gm_delta_join() made it of both.
 */
int gm_put_record_text(struct gm_buf *out, const struct gm_record_delta *delta,
	const struct gm_delta_sides *sides, bool colored);

/* Append a field's value for a line: text as it is, lists by commas, anything else as JSON. */
int gm_put_value(struct gm_buf *out, const json_t *value);

#endif
