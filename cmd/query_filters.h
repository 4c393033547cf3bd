/*
 * The filters of a query, `tag:work before:2026-01-01`: they add to the options of these names.
 */
#ifndef GM_CMD_QUERY_FILTERS_H
#define GM_CMD_QUERY_FILTERS_H

#include "index/index.h"
#include "index/query_parts.h"

/* What the filter of a query points into. */
struct gm_query_filters {
	struct gm_query_parts parts;
	struct gm_strv tags;
};

#define GM_QUERY_FILTERS_INIT                                       \
	{                                                           \
		.parts = GM_QUERY_PARTS_INIT, .tags = GM_STRV_INIT, \
	}
#define gm_autoqueryfilters gm_cleanup(gm_query_filters_dispose) struct gm_query_filters
void gm_query_filters_dispose(struct gm_query_filters *filters);

/*
 * Add those of a query to `filter`, which points into `out` then, an empty one. Types add up,
 * tags must all be there, times become narrower. GM_EUSAGE for a value that cannot be read, a
 * second agent or session, and a filter behind a dash.
 */
int gm_query_filters_apply(
	struct gm_query_filters *out, struct gm_filter *filter, const char *query);

#endif
