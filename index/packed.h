/*
 * Blocks of 128 numbers in as many bits each as the largest needs, and single postings.
 */
#ifndef GM_INDEX_PACKED_H
#define GM_INDEX_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "index/posting_segment.h"
#include "index/varint.h"

#define GM_PACKED_SIZE(bits) ((size_t)(bits) * (GM_POSTING_BLOCK / 8))

/* Bits that the largest needs: 0 when all are 0. */
unsigned gm_packed_bits(const uint32_t numbers[GM_POSTING_BLOCK]);

/* Write GM_PACKED_SIZE(bits) bytes at `at`; where they end is returned. */
uint8_t *gm_numbers_pack(
	uint8_t *at, const uint32_t numbers[GM_POSTING_BLOCK], unsigned bits);

/* `bits` is at most 32. GM_PACKED_SLACK bytes behind the packed ones must be readable. */
void gm_numbers_unpack(uint32_t out[GM_POSTING_BLOCK], const uint8_t *at, unsigned bits);

/* One posting of a block that is not full: at most two varints. */
static inline uint8_t *gm_posting_put(uint8_t *at, uint64_t distance, uint32_t tf)
{
	at = gm_leb128_put(at, distance << 1 | (tf == 1));
	return tf == 1 ? at : gm_leb128_put(at, tf - 2);
}

/* NULL when it does not end before `end`, or the frequency is none that was put. */
static inline const uint8_t *gm_posting_get(
	uint64_t *distance_out, uint64_t *tf_out, const uint8_t *at, const uint8_t *end)
{
	uint64_t code = 0;
	uint64_t more = 0;

	at = gm_leb128_get(&code, at, end);
	*distance_out = code >> 1;
	*tf_out = 1;
	if (at && !(code & 1)) {
		at = gm_leb128_get(&more, at, end);
		if (more > UINT32_MAX)
			return NULL;
		*tf_out = more + 2;
	}
	return at;
}

#endif
