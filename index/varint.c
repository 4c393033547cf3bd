#include "index/varint.h"

const uint8_t *gm_leb128_get_long(uint64_t *out, const uint8_t *at, const uint8_t *end)
{
	uint64_t value = 0;

	for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
		uint8_t byte = *at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return at;
		}
	}
	return NULL;
}

const uint8_t *gm_leb128_skip(const uint8_t *at, const uint8_t *end, uint64_t n)
{
	while (n && at < end)
		n -= !(*at++ & 0x80);
	return n ? NULL : at;
}
