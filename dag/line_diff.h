/*
 * Differences of two texts, line by line.
 *
 * A line ends with its newline; a last line without one is another line than the same with
 * one. Results depend on the texts alone. Time and memory are bounded for any input: where
 * two texts share so little that the shortest edit script would take too long to find, a
 * stretch is called replaced as a whole, which is a correct script, only a longer one.
 */
#ifndef GM_DAG_LINE_DIFF_H
#define GM_DAG_LINE_DIFF_H

#include <stdbool.h>

#include "base/buf.h"

/* Bytes that belong to someone else. */
struct gm_text {
	const char *ptr;
	size_t size;
};

struct gm_lines {
	struct gm_text *items;
	size_t n;
	size_t cap;
};

#define GM_LINES_INIT                           \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autolines gm_cleanup(gm_lines_dispose) struct gm_lines

/* Replace `out` by the lines of `text`, newlines included. They point into the text. */
int gm_lines_split(struct gm_lines *out, struct gm_text text);
void gm_lines_dispose(struct gm_lines *lines);

bool gm_text_equal(struct gm_text a, struct gm_text b);

/* Old lines [old_start, old_start + old_n) became the new lines [new_start, ...); from 0. */
struct gm_hunk {
	size_t old_start, old_n;
	size_t new_start, new_n;
};

struct gm_hunks {
	struct gm_hunk *items;
	size_t n;
	size_t cap;
};

#define GM_HUNKS_INIT                           \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autohunks gm_cleanup(gm_hunks_dispose) struct gm_hunks

void gm_hunks_dispose(struct gm_hunks *hunks);

/*
 * Replace `out` by the changes that make the new lines of the old ones, in order, with at
 * least one common line between two of them. Equal texts have none.
 */
int gm_line_diff(struct gm_hunks *out, const struct gm_lines *old_lines,
	const struct gm_lines *new_lines);

/*
 * Append the hunks of a unified diff with three lines of context, as `git apply` takes them;
 * the caller writes the lines that name the files. Equal texts append nothing.
 */
int gm_line_diff_unified(
	struct gm_buf *out, struct gm_text old_text, struct gm_text new_text);

#endif
