/*
 * Text for people: colours, lines, and what others wrote made safe to look at.
 */
#ifndef GM_CMD_TEXT_H
#define GM_CMD_TEXT_H

#include "cmd/command.h"

#define GM_COLOR_COMMIT "\033[33m"
#define GM_COLOR_HEADER "\033[1m"
#define GM_COLOR_HUNK "\033[36m"
#define GM_COLOR_NEW "\033[32m"
#define GM_COLOR_OLD "\033[31m"
#define GM_COLOR_RESET "\033[m"

/* `code`, or "" when the output has no colours. */
const char *gm_color(bool colored, const char *code);

/* gm_put_safe() of a string. */
int gm_puts_safe(struct gm_buf *out, const char *text);

/*
 * Append the text line by line: each begins with `indent`, ends with a newline, and is safe
 * apart from its tabs. Nothing is appended for an empty text.
 */
int gm_put_lines_safe(
	struct gm_buf *out, const char *indent, const char *text, size_t size);

/* Append a part of a line, without a newline, safe apart from its tabs. */
int gm_put_line_safe(struct gm_buf *out, const char *text, size_t size);

/* Print bytes as they are, NULs too. */
int gm_print_bytes(const void *data, size_t size);

/*
 * Print the bytes of a file: as they are, or when `safe`, for a terminal, with line ends and
 * tabs but no other control characters. No newline is added.
 */
int gm_print_file(const char *data, size_t size, bool safe);

/* Whether a person looks at stdout. To be asked before gm_call_page(). */
bool gm_output_is_terminal(void);

#endif
