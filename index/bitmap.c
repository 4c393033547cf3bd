#include "index/bitmap.h"

#include <endian.h>
#include <string.h>

#include "base/error.h"

static int widen(struct gm_bitmap *map, size_t size)
{
	if (size <= map->size)
		return 0;
	int rc = gm_grow(&map->bytes, &map->cap, size, 1);
	if (rc < 0)
		return rc;
	memset(map->bytes + map->size, 0, size - map->size);
	map->size = size;
	return 0;
}

int gm_bitmap_set(struct gm_bitmap *map, int64_t row)
{
	if (row < 0 || row > GM_BITMAP_MAX_ROW)
		return gm_error(GM_ETOOBIG, "recall index: row %lld is out of range",
			(long long)row);
	int rc = widen(map, (size_t)row / 8 + 1);
	if (rc < 0)
		return rc;
	map->bytes[row / 8] |= (uint8_t)(1u << (row % 8));
	return 0;
}

void gm_bitmap_clear(struct gm_bitmap *map, int64_t row)
{
	if (gm_bitmap_test(map, row))
		map->bytes[row / 8] = (uint8_t)(map->bytes[row / 8] & ~(1u << (row % 8)));
}

size_t gm_bitmap_count(const struct gm_bitmap *map)
{
	size_t n = 0;
	size_t at = 0;

	for (; map->size - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, map->bytes + at, sizeof(word));
		n += (size_t)__builtin_popcountll(word);
	}
	for (; at < map->size; at++)
		n += (size_t)__builtin_popcount(map->bytes[at]);
	return n;
}

int gm_bitmap_load(struct gm_bitmap *out, const void *bytes, size_t size)
{
	int rc = gm_grow(&out->bytes, &out->cap, size, 1);

	if (rc < 0)
		return rc;
	if (size)
		memcpy(out->bytes, bytes, size);
	out->size = size;
	return 0;
}

void gm_bitmap_and(struct gm_bitmap *map, const struct gm_bitmap *with)
{
	if (map->size > with->size)
		map->size = with->size;
	for (size_t i = 0; i < map->size; i++)
		map->bytes[i] &= with->bytes[i];
}

void gm_bitmap_and_not(struct gm_bitmap *map, const struct gm_bitmap *with)
{
	for (size_t i = 0; i < map->size && i < with->size; i++)
		map->bytes[i] &= (uint8_t)~with->bytes[i];
}

int gm_bitmap_or(struct gm_bitmap *map, const struct gm_bitmap *with)
{
	int rc = widen(map, with->size);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < with->size; i++)
		map->bytes[i] |= with->bytes[i];
	return 0;
}

int64_t gm_bitmap_next(const struct gm_bitmap *map, int64_t from)
{
	for (size_t i = (size_t)from / 8; i < map->size; i++) {
		unsigned rest = map->bytes[i];
		if (i == (size_t)from / 8)
			rest &= 0xffu << (from % 8);
		if (rest)
			return (int64_t)i * 8 + __builtin_ctz(rest);
	}
	return -1;
}

static uint64_t bytes_at(const struct gm_bitmap *map, uint64_t at)
{
	uint64_t word = 0;

	if (at < map->size && map->size - at >= sizeof(word)) {
		memcpy(&word, map->bytes + at, sizeof(word));
		return le64toh(word);
	}
	for (unsigned shift = 0; at < map->size; at++, shift += 8)
		word |= (uint64_t)map->bytes[at] << shift;
	return word;
}

uint64_t gm_bitmap_word(const struct gm_bitmap *map, int64_t from)
{
	uint64_t at = (uint64_t)from / 8;
	unsigned shift = (unsigned)(from % 8);
	uint64_t word = bytes_at(map, at);

	if (shift > 0)
		word = word >> shift | bytes_at(map, at + sizeof(word)) << (64 - shift);
	return word;
}

void gm_bitmap_dispose(struct gm_bitmap *map)
{
	gm_free(map->bytes);
	map->bytes = NULL;
	map->size = map->cap = 0;
}
