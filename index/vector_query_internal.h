/* What a query is made into, for the search. */
#ifndef GM_INDEX_VECTOR_QUERY_INTERNAL_H
#define GM_INDEX_VECTOR_QUERY_INTERNAL_H

#include "index/vector_internal.h"
#include "index/vector_query.h"
#include "index/vector_reader.h"

struct gm_vector_query {
	size_t dims;
	const struct gm_kernels *kernels;
	float *turned;
	int16_t *codes; /* of what is turned, as many as the codes of a row */
	double unit;    /* of these */
	uint8_t *table;
	float step; /* of the numbers in it: an estimate in such steps is of the cosine */
	struct gm_kernel_signs signs;    /* the threshold is the search's */
	struct gm_vector_reader *reader; /* NULL: rows are used where they are mapped */
};

/* The codes of a row, lent until the next call. */
const int8_t *gm_vector_query_row(const struct gm_vector_query *query,
	const struct gm_vector_segment *segment, size_t offset);

/* The cosine of the row at an offset by its codes alone. */
float gm_vector_cosine_rough(const struct gm_vector_segment *segment, size_t offset,
	const int8_t *codes, const struct gm_vector_query *query);

#endif
