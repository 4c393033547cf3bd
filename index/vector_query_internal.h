/* What a query is made into, for the search. */
#ifndef GM_INDEX_VECTOR_QUERY_INTERNAL_H
#define GM_INDEX_VECTOR_QUERY_INTERNAL_H

#include "index/vector_internal.h"
#include "index/vector_query.h"

struct gm_vector_query {
	size_t dims;
	const struct gm_kernels *kernels;
	float *turned;
	int16_t *codes; /* of what is turned, as many as the codes of a row */
	double unit;    /* of these */
	uint8_t *table;
	float step; /* of the numbers in it: an estimate in such steps is of the cosine */
	struct gm_kernel_signs signs; /* the threshold is the search's */
};

/* The cosine of the row at an offset by its 8-bit codes alone, and by all there is. */
float gm_vector_cosine_rough(const struct gm_vector_segment *segment, size_t offset,
	const struct gm_vector_query *query);
float gm_vector_cosine_at(const struct gm_vector_segment *segment, size_t offset,
	const struct gm_vector_query *query);

#endif
