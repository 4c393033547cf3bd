/*
 * Sets of row numbers, a bit each.
 */
#ifndef GM_INDEX_BITMAP_H
#define GM_INDEX_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct gm_bitmap {
	uint8_t *bytes;
	size_t size; /* in bytes; rows behind them are not in the set */
	size_t cap;
};

#define GM_BITMAP_INIT                             \
	{                                          \
		.bytes = NULL, .size = 0, .cap = 0 \
	}
#define gm_autobitmap gm_cleanup(gm_bitmap_dispose) struct gm_bitmap

/* The highest row number we take, so that a bitmap has at most 32 MB. */
#define GM_BITMAP_MAX_ROW ((int64_t)1 << 28)

/* Add a row; GM_ETOOBIG unless it lies between 0 and GM_BITMAP_MAX_ROW. */
int gm_bitmap_set(struct gm_bitmap *map, int64_t row);
void gm_bitmap_clear(struct gm_bitmap *map, int64_t row);

static inline bool gm_bitmap_test(const struct gm_bitmap *map, int64_t row)
{
	/* One that is negative is very large. */
	return (uint64_t)row / 8 < map->size && map->bytes[row / 8] >> (row % 8) & 1;
}

size_t gm_bitmap_count(const struct gm_bitmap *map);

/* Replace `out` by a copy of `size` bytes. */
int gm_bitmap_load(struct gm_bitmap *out, const void *bytes, size_t size);

/* Keep what `with` has too, remove what it has, add what it has. */
void gm_bitmap_and(struct gm_bitmap *map, const struct gm_bitmap *with);
void gm_bitmap_and_not(struct gm_bitmap *map, const struct gm_bitmap *with);
int gm_bitmap_or(struct gm_bitmap *map, const struct gm_bitmap *with);

/* The first row at or behind `from`, -1 when there is none. */
int64_t gm_bitmap_next(const struct gm_bitmap *map, int64_t from);

/* Rows `from` (not negative) to `from` + 63 at once, the first in the lowest bit. */
uint64_t gm_bitmap_word(const struct gm_bitmap *map, int64_t from);

void gm_bitmap_dispose(struct gm_bitmap *map);

#endif
