/*
 * A hash of words, which are short: it differs where they do, and with a seed that nobody knows
 * no words can be chosen that collide.
 */
#ifndef GM_INDEX_SHORT_HASH_H
#define GM_INDEX_SHORT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 gm_uint128;

/* Both halves of the product: each bit of it hangs on all bits of the secret factor. */
static inline uint64_t gm_short_hash_fold(uint64_t a, uint64_t b)
{
	gm_uint128 product = (gm_uint128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes as a number; those of one size are different ones. */
static inline uint64_t gm_short_hash_load(const char *text, size_t size)
{
	uint64_t word = 0;
	uint32_t first;
	uint32_t last;

	if (size == sizeof(word)) {
		memcpy(&word, text, sizeof(word));
	} else if (size >= sizeof(first)) {
		memcpy(&first, text, sizeof(first));
		memcpy(&last, text + size - sizeof(last), sizeof(last));
		word = (uint64_t)first << 32 | last;
	} else if (size) {
		word = (uint64_t)(uint8_t)text[0] << 16 |
			(uint64_t)(uint8_t)text[size / 2] << 8 | (uint8_t)text[size - 1];
	}
	return word;
}

/* No step may have a factor that is known outside, or colliding words could be chosen. */
static inline uint64_t gm_short_hash(uint64_t seed, const char *text, size_t size)
{
	uint64_t factor = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	uint64_t h = seed ^ size;

	for (; size > 8; text += 8, size -= 8)
		h = gm_short_hash_fold(h ^ gm_short_hash_load(text, 8), factor);
	return gm_short_hash_fold(h ^ gm_short_hash_load(text, size), factor);
}

#endif
