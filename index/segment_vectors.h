/*
 * The vectors of a segment, beside its postings.
 */
#ifndef GM_INDEX_SEGMENT_VECTORS_H
#define GM_INDEX_SEGMENT_VECTORS_H

#include "index/lsa.h"
#include "index/manifest.h"
#include "index/posting_segment.h"
#include "index/segment_file.h"
#include "index/vector_segment.h"

/* Make the vectors of all rows of a segment by a learnt model. */
int gm_segment_vectors_encode(struct gm_segment_sink *sink, const struct gm_lsa *lsa,
	const struct gm_posting_segment *postings);

/*
 * Make the file of the vectors of a segment whose postings are in place, which the manifest need
 * not name yet, and set its name there. Without a learnt model nothing is done. In a transaction
 * that writes.
 */
int gm_segment_vectors_make(
	struct gm_index_segment *segment, struct gm_database *database);

/* The vectors of segments that are merged, opened as of one moment. */
struct gm_segment_vectors {
	struct gm_vector_segment **items; /* NULL where there are none */
	struct gm_lsa *lsa;               /* NULL: nothing was learnt */
	size_t n;
};

#define GM_SEGMENT_VECTORS_INIT                    \
	{                                          \
		.items = NULL, .lsa = NULL, .n = 0 \
	}
void gm_segment_vectors_dispose(struct gm_segment_vectors *vectors);

int gm_segment_vectors_open(struct gm_segment_vectors *out, struct gm_database *database,
	const struct gm_index_manifest *manifest, const struct gm_index_segment *segments,
	size_t n);

/*
 * Write them as one into a file: 1, or 0 when there are none. With a learnt model those that are
 * missing or of another are made now, which takes its time (`in_bulk`); else there are none in
 * the end. Without one, the model that most rows are of is kept, and other rows stay without.
 */
int gm_segment_vectors_merge(struct gm_segment_file *out, struct gm_database *database,
	struct gm_segment_vectors *vectors, struct gm_posting_segment *const *postings,
	const struct gm_bitmap *without, bool in_bulk);

#endif
