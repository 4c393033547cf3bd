#include "index/packed.h"

#include <string.h>

unsigned gm_packed_bits(const uint32_t numbers[GM_POSTING_BLOCK])
{
	uint32_t all = 0;

	for (size_t i = 0; i < GM_POSTING_BLOCK; i++)
		all |= numbers[i];
	return all ? 32 - (unsigned)__builtin_clz(all) : 0;
}

uint8_t *gm_numbers_pack(
	uint8_t *at, const uint32_t numbers[GM_POSTING_BLOCK], unsigned bits)
{
	uint64_t held = 0;
	unsigned n = 0;

	for (size_t i = 0; i < GM_POSTING_BLOCK; i++) {
		held |= (uint64_t)numbers[i] << n;
		for (n += bits; n >= 8; n -= 8) {
			*at++ = (uint8_t)held;
			held >>= 8;
		}
	}
	return at;
}

void gm_numbers_unpack(uint32_t out[GM_POSTING_BLOCK], const uint8_t *at, unsigned bits)
{
	uint32_t mask = (uint32_t)((UINT64_C(1) << bits) - 1);

	for (size_t i = 0, bit = 0; i < GM_POSTING_BLOCK; i++, bit += bits) {
		uint64_t word;
		memcpy(&word, at + bit / 8, sizeof(word));
		if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
			word = __builtin_bswap64(word);
		out[i] = (uint32_t)(word >> bit % 8) & mask;
	}
}
