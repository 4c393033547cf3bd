/*
 * Words quoted for the shell, as git does it: 'it'\''s'.
 */
#ifndef GM_BASE_SHELL_QUOTE_H
#define GM_BASE_SHELL_QUOTE_H

#include "base/buf.h"
#include "base/strv.h"

/* Append one word in single quotes. */
int gm_shell_quote(struct gm_buf *out, const char *word);

/* Append all of them, with blanks between. */
int gm_shell_quote_all(struct gm_buf *out, const char *const *words, size_t n);

/*
 * Split a line into words again. Words without quotes are fine too; GM_EINVALID when a quote
 * does not end.
 */
int gm_shell_split(struct gm_strv *out, const char *line);

#endif
