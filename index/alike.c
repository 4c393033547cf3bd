#include "index/alike.h"

#include <stdint.h>

/* In so few words every one counts. */
#define MIN_WORDS 8

/*
 * Bits of the hash that may differ: two texts about different things differ in half of the 64,
 * and in 3 or fewer once in 10^15 pairs.
 */
#define MAX_BITS 3

bool gm_documents_alike(const struct gm_document *a, const struct gm_document *b)
{
	uint32_t shorter = a->length < b->length ? a->length : b->length;
	uint32_t longer = a->length < b->length ? b->length : a->length;

	if (shorter < MIN_WORDS || longer - shorter > longer / 16)
		return false;
	return __builtin_popcountll(a->simhash ^ b->simhash) <= MAX_BITS;
}
