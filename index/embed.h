/*
 * Vectors of memories by an embedding that is a setting (embedding.h): kept by row in a table
 * until all rows of a posting segment have theirs, then in the segment's vector file. They are
 * made by those who read, in bounded steps, never by a writer.
 */
#ifndef GM_INDEX_EMBED_H
#define GM_INDEX_EMBED_H

#include "base/terminal.h"
#include "index/embedding.h"
#include "index/index.h"

/*
 * Use this embedding (NULL: the one learnt from the memories) from now on; taken over. Call it
 * after gm_index_open(). Vectors of another model stay unused and go when new ones are there.
 */
void gm_index_set_embedding(struct gm_index *index, struct gm_embedding *embedding);

/* Use no vectors at all. */
void gm_index_set_no_embedding(struct gm_index *index);

/*
 * Make vectors of rows without one, newest first, until all have theirs or about `budget_ms`
 * have gone by (0: no limit). Returns 1 when all have one, 0 when some are missing still, be it
 * for trouble (gm_index_vector_trouble()), or an error. For the learnt embedding: 1.
 */
int gm_index_embed(
	struct gm_index *index, unsigned budget_ms, struct gm_progress *progress);

/* What is known of the vectors of all rows of the index. */
struct gm_vector_state {
	size_t n;       /* rows that could have one */
	size_t missing; /* and do not yet */
	char trouble[512];
};
int gm_index_vector_state(struct gm_vector_state *out, struct gm_index *index);

/*
 * The vector of a query, `*dims_out` numbers (gm_free), to be compared with the index's vector
 * segments: 1, or 0 when recall has to do without vectors, the reason in words in `why`. Made
 * before the read transaction begins. Not for the learnt embedding (gm_lsa_encode_query()).
 */
int gm_index_embed_query(float **out, size_t *dims_out, char why[512],
	struct gm_index *index, const char *text, size_t size);

#endif
