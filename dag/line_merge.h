/*
 * Three-way merge of texts, line by line (diff3).
 */
#ifndef GM_DAG_LINE_MERGE_H
#define GM_DAG_LINE_MERGE_H

#include "dag/line_diff.h"

/*
 * Append what `base` becomes when both sides' changes are made. Changes of one place conflict
 * unless they are equal; as in git, changes of neighbouring lines count as one place.
 * `*conflict_out` says so, and nothing is appended then. Swapping the sides changes nothing.
 */
int gm_line_merge(struct gm_buf *out, bool *conflict_out, struct gm_text base,
	struct gm_text ours, struct gm_text theirs);

/* The same, but where changes conflict, those of one side are made and the other's are not. */
int gm_line_merge_favour(struct gm_buf *out, struct gm_text base, struct gm_text ours,
	struct gm_text theirs, bool favour_ours);

#endif
