/*
 * Open what the manifest names, and see that it is what it should be there.
 */
#ifndef GM_INDEX_SEGMENT_OPEN_H
#define GM_INDEX_SEGMENT_OPEN_H

#include "index/lsa.h"
#include "index/manifest.h"
#include "index/posting_segment.h"
#include "index/vector_segment.h"

/*
 * GM_ENOTFOUND, without a message, when the file is gone; damage when it is not the one that
 * was written.
 */
int gm_segment_open_postings(struct gm_posting_segment **out,
	struct gm_database *database, const struct gm_index_segment *segment);
int gm_segment_open_vectors(struct gm_vector_segment **out, struct gm_database *database,
	const struct gm_index_segment *segment);
int gm_segment_open_model(
	struct gm_lsa **out, struct gm_database *database, const char *name);

/* For who holds a transaction that writes, in which no file can be gone: damage then. */
int gm_segment_is_lost(struct gm_database *database, int rc);

#endif
