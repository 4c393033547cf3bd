#include "base/map.h"

#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/mem.h"

/* One slot: a byte that says whether it is taken, the value, the key. */
static size_t slot_size(const struct gm_map *map)
{
	return 1 + sizeof(uint64_t) + map->key_size;
}

__extension__ typedef unsigned __int128 wide;

/* Both halves of the product: each bit of it hangs on all bits of the secret factor. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* No step may have a factor that is known outside, or colliding keys could be chosen. */
static uint64_t hash_key(const struct gm_map *map, const uint8_t *key)
{
	uint64_t factor = map->seed * 0x9e3779b97f4a7c15u | 1;
	uint64_t h = map->seed;

	for (size_t i = 0; i < map->key_size; i += 8) {
		uint64_t word = 0;
		size_t left = map->key_size - i;
		memcpy(&word, key + i, left < 8 ? left : 8);
		h = fold(h ^ word, factor);
	}
	return fold(h, factor);
}

/* The slot of `key`, or the free one where it belongs. */
static uint8_t *find_slot(const struct gm_map *map, const void *key)
{
	size_t i = (size_t)hash_key(map, key) & (map->cap - 1);

	for (;; i = (i + 1) & (map->cap - 1)) {
		uint8_t *slot = map->slots + i * slot_size(map);
		if (!slot[0] ||
			memcmp(slot + 1 + sizeof(uint64_t), key, map->key_size) == 0)
			return slot;
	}
}

static int grow(struct gm_map *map, size_t cap)
{
	struct gm_map wider = *map;

	wider.cap = cap;
	if (!map->cap && getrandom(&wider.seed, sizeof(wider.seed), GRND_NONBLOCK) < 0)
		wider.seed = (uint64_t)(uintptr_t)map;
	wider.slots = gm_calloc(wider.cap, slot_size(map));
	if (!wider.slots)
		return GM_ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		uint8_t *slot = map->slots + i * slot_size(map);
		if (slot[0])
			memcpy(find_slot(&wider, slot + 1 + sizeof(uint64_t)), slot,
				slot_size(map));
	}
	gm_free(map->slots);
	*map = wider;
	return 0;
}

int gm_map_reserve(struct gm_map *map, size_t n)
{
	size_t cap = map->cap ? map->cap : 64;

	while (cap / 2 < n && cap <= SIZE_MAX / 4)
		cap *= 2;
	int rc = cap == map->cap ? 0 : grow(map, cap);
	if (rc == 0)
		gm_populate(map->slots, map->cap * slot_size(map));
	return rc;
}

int gm_map_put(struct gm_map *map, const void *key, uint64_t value)
{
	if (map->n >= map->cap / 2) {
		int rc = grow(map, map->cap ? map->cap * 2 : 64);
		if (rc < 0)
			return rc;
	}
	uint8_t *slot = find_slot(map, key);
	if (!slot[0]) {
		slot[0] = 1;
		memcpy(slot + 1 + sizeof(uint64_t), key, map->key_size);
		map->n++;
	}
	memcpy(slot + 1, &value, sizeof(value));
	return 0;
}

bool gm_map_get(uint64_t *value_out, const struct gm_map *map, const void *key)
{
	if (!map->n)
		return false;
	const uint8_t *slot = find_slot(map, key);
	if (!slot[0])
		return false;
	if (value_out)
		memcpy(value_out, slot + 1, sizeof(*value_out));
	return true;
}

void gm_map_dispose(struct gm_map *map)
{
	gm_free(map->slots);
	map->slots = NULL;
	map->cap = map->n = 0;
}
