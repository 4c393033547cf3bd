/*
 * Filters that documents answer (document.h), and those that terms do: no table is asked.
 */
#ifndef GM_INDEX_FILTER_DOCUMENTS_H
#define GM_INDEX_FILTER_DOCUMENTS_H

#include "index/bitmap.h"
#include "index/database.h"
#include "index/index.h"
#include "index/segments.h"

/* Keep the rows of these types, agent, session and time. */
int gm_filter_documents(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_segments *segments, const struct gm_filter *filter);

/* Keep the rows with all of its tags, and with a key that begins as it says. */
int gm_filter_terms(struct gm_bitmap *rows, const struct gm_segments *segments,
	const struct gm_filter *filter);

#endif
