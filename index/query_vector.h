/*
 * The vector of a question.
 */
#ifndef GM_INDEX_QUERY_VECTOR_H
#define GM_INDEX_QUERY_VECTOR_H

#include "index/question.h"
#include "index/segments.h"
#include "index/vector_query.h"

/*
 * By the embedding learnt from the memories, of the words less those in the set `without`: 1 with
 * the vector in `out`, 0 when there is no model or it knows none of the words.
 */
int gm_query_vector_make(struct gm_vector_query **out, size_t *dims_out,
	const struct gm_segments *segments, const struct gm_question *question,
	uint64_t without);

#endif
