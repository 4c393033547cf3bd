/*
 * What an index needs of the embedding that is set for it. For this folder only.
 */
#ifndef GM_INDEX_EMBEDDER_H
#define GM_INDEX_EMBEDDER_H

#include "index/embedding.h"
#include "index/internal.h"
#include "index/posting_segment.h"
#include "index/vector_cache.h"
#include "index/vector_query.h"

/* Questions go by words alone when more than one memory in so many lacks its vector. */
#define GM_MISSING_SHARE 20

struct gm_document;

struct gm_embedder {
	struct gm_embedding *embedding; /* NULL: no vectors at all */
	struct gm_vector_cache *cache;  /* NULL: not open yet */
	uint8_t model[GM_EMBEDDING_MODEL_SIZE];
	size_t missing; /* memories that lack their vectors, as of the last look */
	bool usable;    /* and they were few enough */
	char trouble[512];
};

void gm_embedder_free(struct gm_embedder *embedder);

/*
 * Find out the model and open the cache: 1, or 0 when there are to be no vectors, which may be for
 * trouble.
 */
int gm_embedder_open(struct gm_index *index);

/* Whether a memory is to have a vector. */
bool gm_embedder_wants(
	const struct gm_embedder *embedder, const struct gm_document *document);

/*
 * The vectors of a segment as the cache has them, in memory; `*missing_out` memories have none
 * there yet. `*out` stays NULL when nothing is known of vectors at all.
 */
int gm_embedder_build(struct gm_vector_builder **out, size_t *missing_out,
	struct gm_index *index, const struct gm_posting_segment *postings);

/* The same as a segment; those of rows that wait are never in a file. */
int gm_embedder_segment(struct gm_vector_segment **out, struct gm_index *index,
	const struct gm_posting_segment *postings);

/* Note how making vectors went: `rc` is passed on. One that failed is let be for a while. */
int gm_embedder_tell_cache(struct gm_embedder *embedder, int rc);

/* Whether it is let be now, which is trouble. */
bool gm_embedder_is_away(struct gm_embedder *embedder);

/*
 * The vector of a query: 1, or 0 when recall has to do without (gm_index_vector_state()). Not in a
 * transaction, since it may take a while.
 */
int gm_embedder_query(struct gm_vector_query **out, size_t *dims_out,
	struct gm_index *index, const char *text);

#endif
