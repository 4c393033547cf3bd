/*
 * Filters: from a view to the rows of it that are wanted.
 */
#ifndef GM_INDEX_FILTER_H
#define GM_INDEX_FILTER_H

#include "index/internal.h"

/* Put the rows of the view that pass into `out`, which must be empty. NULL passes all. */
int gm_filter_rows(struct gm_bitmap *out, struct gm_index *index,
	const struct gm_index_view *view, const struct gm_filter *filter);

#endif
