/*
 * A hash table from keys of one fixed size (an object id, a UUID) to 64-bit numbers. The keys
 * are hashed with a seed drawn for each table, so that hostile keys cannot make it slow.
 */
#ifndef GM_BASE_MAP_H
#define GM_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gm_map {
	uint8_t *slots;
	size_t key_size;
	size_t cap; /* a power of two, or 0 */
	size_t n;
	uint64_t seed;
};

/* `key_size` in bytes, at most 64. */
#define GM_MAP_INIT(key_size_)                                                      \
	{                                                                           \
		.slots = NULL, .key_size = (key_size_), .cap = 0, .n = 0, .seed = 0 \
	}
#define gm_automap gm_cleanup(gm_map_dispose) struct gm_map

/* Make room for `n` keys, at once instead of step by step. */
int gm_map_reserve(struct gm_map *map, size_t n);

/* Set `key` to `value`, replacing what it had. */
int gm_map_put(struct gm_map *map, const void *key, uint64_t value);

/* False when `key` is not in the table; `value_out` may be NULL. */
bool gm_map_get(uint64_t *value_out, const struct gm_map *map, const void *key);

void gm_map_dispose(struct gm_map *map);

#endif
