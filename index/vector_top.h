/*
 * The best of many scores. Twice as many as are wanted are gathered, then the worse half goes:
 * cheap for each, whatever the order of the scores.
 */
#ifndef GM_INDEX_VECTOR_TOP_H
#define GM_INDEX_VECTOR_TOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct gm_vector_candidate {
	float score;
	uint32_t row;
};

struct gm_vector_top {
	struct gm_vector_candidate *items;
	size_t n;
	size_t cap;
	size_t keep;
	float threshold; /* nothing at or below it can be among the best any more */
};

#define gm_autotop gm_cleanup(gm_vector_top_dispose) struct gm_vector_top

/* `keep` is not 0. */
int gm_vector_top_init(struct gm_vector_top *out, size_t keep);
void gm_vector_top_dispose(struct gm_vector_top *top);

/*
 * Keep the best `keep`, in the order in which they came; of those that equal the worst, the first.
 * No score may be a NaN.
 */
void gm_vector_top_cut(struct gm_vector_top *top);

/* Move the best `n` likewise to `out`, which has room for them; returns how many there were. */
size_t gm_vector_top_take(
	struct gm_vector_candidate *out, size_t n, struct gm_vector_top *top);

/* The score of the `nth` best, 0 is the first; that many there must be. */
float gm_vector_top_nth(const struct gm_vector_top *top, size_t nth);

static inline void gm_vector_top_put(struct gm_vector_top *top, float score, uint32_t row)
{
	if (!(score > top->threshold))
		return;
	top->items[top->n].score = score;
	top->items[top->n++].row = row;
	if (top->n == top->cap)
		gm_vector_top_cut(top);
}

#endif
