/*
 * Numbers of seven bits to a byte, the lowest first; all bytes but the last have the eighth bit.
 */
#ifndef GM_INDEX_VARINT_H
#define GM_INDEX_VARINT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest one. */
#define GM_LEB128_MAX 10

/* Write `value` at `at`; where it ends is returned. */
static inline uint8_t *gm_leb128_put(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

const uint8_t *gm_leb128_get_long(uint64_t *out, const uint8_t *at, const uint8_t *end);

/* Read one; where it ends is returned, NULL unless it does so before `end`. */
static inline const uint8_t *gm_leb128_get(
	uint64_t *out, const uint8_t *at, const uint8_t *end)
{
	if (at < end && !(*at & 0x80)) {
		*out = *at;
		return at + 1;
	}
	return gm_leb128_get_long(out, at, end);
}

/* Where `n` of them end, NULL unless they do so before `end`. */
const uint8_t *gm_leb128_skip(const uint8_t *at, const uint8_t *end, uint64_t n);

#endif
