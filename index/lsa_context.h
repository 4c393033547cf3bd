/*
 * Rows in context: a memory stands for itself and, less so, for those beside it in its session,
 * so that a question resembles its answer. And the directions in which memories so seen differ
 * most: the singular vectors of the matrix that has them as rows.
 */
#ifndef GM_INDEX_LSA_CONTEXT_H
#define GM_INDEX_LSA_CONTEXT_H

#include "base/terminal.h"
#include "index/dense.h"
#include "index/term_rows.h"

/* The longest run: longer sessions are cut. */
#define GM_LSA_CONTEXT_MAX_RUN 64

struct gm_lsa_context {
	const struct gm_term_rows *rows;
	const uint32_t *runs; /* n_runs + 1: where the rows of each session begin */
	size_t n_runs;
	const struct gm_dense *dense;
	struct gm_progress *progress;
};

/*
 * A basis of the `dims` most significant directions among terms: a row of `dims` numbers for
 * each term in `out` (gm_free), its columns orthonormal, or zero where there are not so many.
 * Found by `rounds` of subspace iteration from a random start. GM_EINTERRUPTED, GM_ENOMEM.
 *
 * `seeds` has a number for each term that its random start is drawn from.
 */
int gm_lsa_context_directions(float **out, const struct gm_lsa_context *context,
	const uint64_t *seeds, size_t dims, unsigned rounds);

#endif
