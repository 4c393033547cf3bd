/*
 * Filters: from a view to the rows of it that are wanted.
 */
#ifndef GM_INDEX_FILTER_H
#define GM_INDEX_FILTER_H

#include "index/internal.h"

/* Put the rows of the view that pass into `out`, which must be empty. NULL passes all. */
int gm_filter_rows(struct gm_bitmap *out, struct gm_index *index,
	const struct gm_index_view *view, const struct gm_filter *filter);

/* Keep the rows that an FTS5 expression finds, or (`keep` false) the others. */
int gm_filter_match(struct gm_bitmap *rows, struct gm_database *database,
	const char *expression, bool keep);

/*
 * Give statements a function `wanted(row)`: whether the row is in `rows`, which must live as
 * long as such a statement runs.
 */
int gm_filter_define_wanted(struct gm_database *database, const struct gm_bitmap *rows);

#endif
