/*
 * Messages of commits and tags, as a person gave them.
 */
#ifndef GM_CMD_MESSAGE_H
#define GM_CMD_MESSAGE_H

#include "base/buf.h"
#include "base/strv.h"

/*
 * Append the text in the form that git gives messages: no blanks at the ends of lines, no blank
 * lines at the beginning and the end, single ones in between, a newline at the end. With
 * `drop_comments` lines that begin with `#` are left out.
 */
int gm_message_clean(struct gm_buf *out, const char *text, bool drop_comments);

/* Append the paragraphs that several -m gave. */
int gm_message_join(struct gm_buf *out, const struct gm_strv *paragraphs);

#endif
