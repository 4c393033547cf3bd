/*
 * Paths quoted as git does with core.quotePath off: one with a control character, a double quote
 * or a backslash is written as a C string; UTF-8 stays readable.
 */
#ifndef GM_CMD_QUOTE_H
#define GM_CMD_QUOTE_H

#include <stdbool.h>

#include "base/buf.h"

bool gm_path_needs_quotes(const char *path);

/* Append `prefix` ("a/", or "") and the path, both inside the quotes when there are any. */
int gm_put_path(struct gm_buf *out, const char *prefix, const char *path);

#endif
