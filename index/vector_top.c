#include "index/vector_top.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

#define MAX_KEEP ((size_t)1 << 28)

int gm_vector_top_init(struct gm_vector_top *out, size_t keep)
{
	if (keep > MAX_KEEP)
		return gm_error(GM_ETOOBIG, "%zu vectors are too many to find", keep);
	out->n = 0;
	out->keep = keep;
	out->cap = 2 * keep;
	out->threshold = -INFINITY;
	out->items = gm_malloc(out->cap * sizeof(*out->items));
	return out->items ? 0 : GM_ENOMEM;
}

void gm_vector_top_dispose(struct gm_vector_top *top)
{
	gm_free(top->items);
	top->items = NULL;
}

/* Whole numbers in the order of the scores. */
static uint32_t key_of(float score)
{
	uint32_t bits;

	memcpy(&bits, &score, sizeof(bits));
	return bits >> 31 ? ~bits : bits | UINT32_C(1) << 31;
}

/* The key of the `nth` best: byte after byte, from the highest, it is seen which one it has. */
static uint32_t find_key(const struct gm_vector_top *top, size_t nth)
{
	uint32_t key = 0;
	uint32_t mask = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		size_t counts[256] = {0};
		uint32_t byte = 255;
		for (size_t i = 0; i < top->n; i++) {
			uint32_t other = key_of(top->items[i].score);
			if ((other & mask) == key)
				counts[other >> shift & 255]++;
		}
		for (; byte > 0 && nth >= counts[byte]; byte--)
			nth -= counts[byte];
		key |= byte << shift;
		mask |= UINT32_C(255) << shift;
	}
	return key;
}

float gm_vector_top_nth(const struct gm_vector_top *top, size_t nth)
{
	uint32_t key = find_key(top, nth);
	uint32_t bits = key >> 31 ? key & ~(UINT32_C(1) << 31) : ~key;
	float score;

	memcpy(&score, &bits, sizeof(score));
	return score;
}

/* Which scores are among the best: those above the worst of them, and the first equal to it. */
struct cut {
	uint32_t key;
	size_t equal; /* how many of these are still to be taken */
};

static struct cut cut_at(const struct gm_vector_top *top, size_t n)
{
	struct cut cut = {.key = find_key(top, n - 1), .equal = n};

	for (size_t i = 0; i < top->n; i++)
		cut.equal -= key_of(top->items[i].score) > cut.key;
	return cut;
}

static bool is_taken(struct cut *cut, float score)
{
	uint32_t key = key_of(score);

	if (key != cut->key)
		return key > cut->key;
	if (cut->equal == 0)
		return false;
	cut->equal--;
	return true;
}

void gm_vector_top_cut(struct gm_vector_top *top)
{
	size_t kept = 0;

	if (top->n <= top->keep)
		return;
	top->threshold = gm_vector_top_nth(top, top->keep - 1);
	struct cut cut = cut_at(top, top->keep);
	for (size_t i = 0; i < top->n; i++) {
		if (is_taken(&cut, top->items[i].score))
			top->items[kept++] = top->items[i];
	}
	top->n = kept;
}

size_t gm_vector_top_take(
	struct gm_vector_candidate *out, size_t n, struct gm_vector_top *top)
{
	size_t taken = 0;
	size_t left = 0;

	if (n > top->n)
		n = top->n;
	if (n == 0)
		return 0;
	struct cut cut = cut_at(top, n);
	for (size_t i = 0; i < top->n; i++) {
		if (is_taken(&cut, top->items[i].score))
			out[taken++] = top->items[i];
		else
			top->items[left++] = top->items[i];
	}
	top->n = left;
	return n;
}
