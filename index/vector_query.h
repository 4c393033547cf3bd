/*
 * Search in vector segments: which rows have the vectors nearest to a query's.
 *
 * Few rows are all compared by their codes; of many, the signs tell first which few are worth that,
 * as RaBitQ does (Gao and Long 2024). Cosines are the same either way, on any level of kernels.
 */
#ifndef GM_INDEX_VECTOR_QUERY_H
#define GM_INDEX_VECTOR_QUERY_H

#include "index/vector_segment.h"

struct gm_vector_query;

struct gm_vector_hit {
	int64_t row;
	float cosine;
};

/* Best first; equal ones by row. */
struct gm_vector_hits {
	struct gm_vector_hit *items;
	size_t n;
};

#define GM_VECTOR_HITS_INIT           \
	{                             \
		.items = NULL, .n = 0 \
	}
#define gm_autovectorhits gm_cleanup(gm_vector_hits_dispose) struct gm_vector_hits
void gm_vector_hits_dispose(struct gm_vector_hits *hits);

/*
 * `dims` numbers of any length. GM_EINVALID when they have no direction: zeros, a NaN, an
 * infinity.
 */
int gm_vector_query_new(struct gm_vector_query **out, const float *q, size_t dims);
void gm_vector_query_free(struct gm_vector_query *query);
GM_DEFINE_CLEANUP(struct gm_vector_query, gm_vector_query_free)

/*
 * Whether rows are read instead of used where they are mapped: that is faster for the first
 * question to large segments. Call it anew when segments were freed. GM_ENOMEM.
 */
int gm_vector_query_read(struct gm_vector_query *query, bool read);

/*
 * The `k` nearest of `rows` (NULL: all), into an initialised `out`, whose contents are replaced.
 * Items are in the order of their rows; those that are NULL are passed over. GM_EINVALID when one
 * has other dimensions than the query.
 */
int gm_vector_search(struct gm_vector_hits *out, struct gm_vector_segment *const *items,
	size_t n, const struct gm_vector_query *query, const struct gm_bitmap *rows,
	size_t k);

/* The cosine of one row's vector, which is of the query's dimensions; 0 without a vector. */
float gm_vector_cosine(const struct gm_vector_segment *segment, int64_t row,
	const struct gm_vector_query *query);

/*
 * `sum` += `weight` * the vector of `row` (its 8-bit codes), nothing when it has none. `sum` has
 * as many numbers as the query, in the turned space.
 */
void gm_vector_add(const struct gm_vector_segment *segment, int64_t row, float weight,
	float *sum, const struct gm_vector_query *query);

/* The cosine between the query and a sum made by gm_vector_add(); 0 when that is all zeros. */
float gm_vector_query_cosine(const struct gm_vector_query *query, const float *sum);

#endif
