#include "objstore/base_cache.h"

/* One larger than this would throw too many others out. */
#define ITEM_MAX (GM_BASE_CACHE_BYTES / 4)

static size_t slot_of(const struct gm_pack *pack, uint64_t offset)
{
	uint64_t hash =
		(offset + (uint64_t)(uintptr_t)pack) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) % GM_BASE_CACHE_SLOTS;
}

static void empty(struct gm_base_cache *cache, struct gm_base_cache_slot *slot)
{
	cache->bytes -= slot->size;
	gm_free(slot->data);
	*slot = (struct gm_base_cache_slot){.pack = NULL};
}

const struct gm_base_cache_slot *gm_base_cache_get(
	const struct gm_base_cache *cache, const struct gm_pack *pack, uint64_t offset)
{
	const struct gm_base_cache_slot *slot = &cache->slots[slot_of(pack, offset)];

	return slot->pack == pack && slot->offset == offset ? slot : NULL;
}

void gm_base_cache_put(struct gm_base_cache *cache, const struct gm_pack *pack,
	uint64_t offset, enum gm_object_type type, struct gm_buf *data)
{
	struct gm_base_cache_slot *slot = &cache->slots[slot_of(pack, offset)];

	if (!data->ptr || data->size > ITEM_MAX) {
		gm_buf_dispose(data);
		return;
	}
	empty(cache, slot);
	while (cache->bytes + data->size > GM_BASE_CACHE_BYTES) {
		empty(cache, &cache->slots[cache->hand]);
		cache->hand = (cache->hand + 1) % GM_BASE_CACHE_SLOTS;
	}
	slot->pack = pack;
	slot->offset = offset;
	slot->type = type;
	slot->size = data->size;
	slot->data = data->ptr;
	cache->bytes += slot->size;
	data->ptr = NULL;
	data->size = data->cap = 0;
}

void gm_base_cache_dispose(struct gm_base_cache *cache)
{
	for (size_t i = 0; i < GM_BASE_CACHE_SLOTS; i++)
		empty(cache, &cache->slots[i]);
}
