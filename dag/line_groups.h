/*
 * The hunks of a line diff as they are shown: those that are near one another together, with
 * three lines of context around them.
 */
#ifndef GM_DAG_LINE_GROUPS_H
#define GM_DAG_LINE_GROUPS_H

#include "dag/line_diff.h"

/* Hunks that are near enough to be shown as one. They belong to a list. */
struct gm_line_group {
	const struct gm_hunk *hunks;
	size_t n;
};

/* The group that begins with hunk `at` of the list. */
struct gm_line_group gm_line_group_at(const struct gm_hunks *hunks, size_t at);

/* Its lines with the context around them; `n_old` is how many lines the old text has. */
struct gm_hunk gm_line_group_range(const struct gm_line_group *group, size_t n_old);

/* Append "@@ -START,N +START,N @@" and a newline. */
int gm_line_range_put(struct gm_buf *out, const struct gm_hunk *range);

#endif
