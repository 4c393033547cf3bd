/*
 * `recall --format`: what is printed of a memory, in the words of who asks.
 *
 * `{key}` is replaced by what the JSON line has by that name: text as it is, a list with commas
 * between its items, nothing for null. `\n`, `\t` and `\\` are a newline, a tab and a backslash,
 * `{{` and `}}` the braces; a brace that closes nothing is itself.
 */
#ifndef GM_CMD_RECALL_FORMAT_H
#define GM_CMD_RECALL_FORMAT_H

#include "base/json.h"

/* GM_EUSAGE unless it can be read and all its fields are among `names`, which ends with NULL. */
int gm_recall_format_check(const char *format, const char *const *names);

/* Append what a checked format makes of a JSON line. */
int gm_recall_format_put(struct gm_buf *out, const char *format, const json_t *line);

#endif
