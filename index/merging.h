/*
 * Merging of segments that follow one another, so that a question has to ask only a few: eight
 * of about one size become one of the next size.
 */
#ifndef GM_INDEX_MERGING_H
#define GM_INDEX_MERGING_H

#include "index/manifest.h"
#include "index/posting_segment.h"

/*
 * Merge what the last seal has made mergeable, inside of the writer's transaction. Segments that
 * take long are left alone.
 */
int gm_index_merge_last(struct gm_database *database);

/*
 * Merge segments of any size: all of them into one, or (`all` false) only those that are not much
 * larger than what came behind them. Not in a transaction: others may write meanwhile, and
 * when they change the segments nothing is done. An index in memory is left as it is.
 */
int gm_index_merge_large(struct gm_database *database, bool all);

/*
 * Put one segment in the place of `n`, from the one at `from` on, inside of a transaction that
 * writes and in which the manifest was loaded. Rows of `without` (may be NULL) are forgotten.
 */
int gm_index_merge_segments(struct gm_database *database,
	const struct gm_index_manifest *manifest, size_t from, size_t n,
	const struct gm_bitmap *without);

#endif
