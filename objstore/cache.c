#include "objstore/cache.h"

#include <string.h>

/* Where a key belongs (FNV-1a). Keys that were made to collide only cost what is cached. */
static size_t slot_of(const uint8_t key[GM_CACHE_KEY_SIZE])
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < GM_CACHE_KEY_SIZE; i++)
		hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
	return (size_t)(hash >> 32) % GM_CACHE_SLOTS;
}

static void empty(struct gm_cache *cache, struct gm_cache_slot *slot)
{
	cache->bytes -= slot->size;
	gm_free(slot->data);
	*slot = (struct gm_cache_slot){.data = NULL};
}

const struct gm_cache_slot *gm_cache_get(
	const struct gm_cache *cache, const void *key, size_t key_size)
{
	uint8_t full[GM_CACHE_KEY_SIZE] = {0};

	memcpy(full, key, key_size);
	const struct gm_cache_slot *slot = &cache->slots[slot_of(full)];
	return slot->data && !memcmp(slot->key, full, sizeof(full)) ? slot : NULL;
}

void gm_cache_put(struct gm_cache *cache, const void *key, size_t key_size,
	enum gm_object_type type, struct gm_buf *data)
{
	uint8_t full[GM_CACHE_KEY_SIZE] = {0};

	if (!data->ptr || data->size > cache->max / 4) {
		gm_buf_dispose(data);
		return;
	}
	memcpy(full, key, key_size);
	struct gm_cache_slot *slot = &cache->slots[slot_of(full)];
	empty(cache, slot);
	while (cache->bytes + data->size > cache->max) {
		empty(cache, &cache->slots[cache->hand]);
		cache->hand = (cache->hand + 1) % GM_CACHE_SLOTS;
	}
	memcpy(slot->key, full, sizeof(full));
	slot->type = type;
	slot->size = data->size;
	slot->data = data->ptr;
	cache->bytes += slot->size;
	data->ptr = NULL;
	data->size = data->cap = 0;
}

void gm_cache_dispose(struct gm_cache *cache)
{
	for (size_t i = 0; i < GM_CACHE_SLOTS; i++)
		empty(cache, &cache->slots[i]);
}
