/*
 * Candidates: the memories that are worth looking at closely. Of few all; of many those whose
 * words match best, what is beside these in their sessions, and those whose vectors are nearest.
 */
#ifndef GM_INDEX_CANDIDATES_H
#define GM_INDEX_CANDIDATES_H

#include "index/bitmap.h"
#include "index/features.h"
#include "index/vector_query.h"

struct gm_candidates {
	struct gm_candidate *items; /* by ordinal, until somebody sorts them */
	size_t n;
	size_t cap;
};

#define GM_CANDIDATES_INIT                      \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autocandidates gm_cleanup(gm_candidates_dispose) struct gm_candidates
void gm_candidates_dispose(struct gm_candidates *candidates);

/*
 * Add all rows of `wanted` when they are at most `all`; else the best `k` by their words with
 * those beside them, of which only the wanted ones count, and the hits in `near` (may be NULL).
 * `out` must be empty. `evidence` need not have a vector.
 */
int gm_candidates_choose(struct gm_candidates *out, const struct gm_evidence *evidence,
	const struct gm_bitmap *wanted, size_t all, size_t k,
	const struct gm_vector_hits *near);

#endif
