#include "dag/bloom.h"

#include <string.h>

/* Git's seeds for the two hashes that all others are made of. */
#define SEED_0 0x293ae76fu
#define SEED_1 0x7e646e2cu

static uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static uint32_t mix(uint32_t block)
{
	return rotate(block * 0xcc9e2d51u, 15) * 0x1b873593u;
}

/* Version 1 takes bytes of 0x80 and more with their sign, and so do we. */
static uint32_t signed_byte(char c)
{
	return (uint32_t)(int32_t)(signed char)c;
}

static uint32_t murmur3(uint32_t hash, const char *data, size_t size)
{
	uint32_t tail = 0;
	size_t i = 0;

	for (; i + 4 <= size; i += 4) {
		hash ^= mix(signed_byte(data[i]) | signed_byte(data[i + 1]) << 8 |
			signed_byte(data[i + 2]) << 16 | signed_byte(data[i + 3]) << 24);
		hash = rotate(hash, 13) * 5 + 0xe6546b64u;
	}
	for (size_t k = size; k-- > i;)
		tail ^= signed_byte(data[k]) << (8 * (k - i));
	if (size > i)
		hash ^= mix(tail);
	hash ^= (uint32_t)size;
	hash = (hash ^ hash >> 16) * 0x85ebca6bu;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
	return hash ^ hash >> 16;
}

size_t gm_bloom_size(size_t n)
{
	return n ? (n * GM_BLOOM_BITS + 7) / 8 : 1;
}

void gm_bloom_add(uint8_t *filter, size_t filter_size, const char *path, size_t size)
{
	uint32_t hash = murmur3(SEED_0, path, size);
	const uint32_t step = murmur3(SEED_1, path, size);

	for (int i = 0; i < GM_BLOOM_HASHES; i++, hash += step) {
		size_t bit = hash % (filter_size * 8);
		filter[bit / 8] |= (uint8_t)(1u << bit % 8);
	}
}

bool gm_bloom_may_have(
	const uint8_t *filter, size_t filter_size, const char *path, size_t size)
{
	if (!filter_size)
		return true;
	uint32_t hash = murmur3(SEED_0, path, size);
	const uint32_t step = murmur3(SEED_1, path, size);
	for (int i = 0; i < GM_BLOOM_HASHES; i++, hash += step) {
		size_t bit = hash % (filter_size * 8);
		if (!(filter[bit / 8] & 1u << bit % 8))
			return false;
	}
	return true;
}
