/*
 * Patterns of people: the regular expressions of POSIX (regex(7)), or plain text.
 */
#ifndef GM_BASE_PATTERN_H
#define GM_BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* How long a pattern may be, in bytes. */
#define GM_PATTERN_MAX ((size_t)4096)

/* Without GM_PATTERN_EXTENDED or GM_PATTERN_FIXED it is a basic regular expression. */
enum gm_pattern_flags {
	GM_PATTERN_EXTENDED = 1 << 0,
	GM_PATTERN_FIXED = 1 << 1, /* every character stands for itself */
	GM_PATTERN_ANY_CASE = 1 << 2,
	GM_PATTERN_LINES =
		1 << 3, /* `^` and `$` are the ends of lines, `.` is no newline */
};

struct gm_pattern {
	regex_t regex;
	bool compiled;
};

#define GM_PATTERN_INIT           \
	{                         \
		.compiled = false \
	}
#define gm_autopattern gm_cleanup(gm_pattern_dispose) struct gm_pattern
void gm_pattern_dispose(struct gm_pattern *pattern);

/* Into `out`, which must be fresh. GM_EINVALID with what is wrong with `text`. */
int gm_pattern_compile(struct gm_pattern *out, const char *text, unsigned flags);

/* Whether it is found anywhere in `text`. */
bool gm_pattern_match(const struct gm_pattern *pattern, const char *text, size_t size);

#endif
