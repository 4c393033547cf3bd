#include "objstore/read_cache.h"

#include <string.h>

/* One larger than this would throw too many others out. */
#define ITEM_MAX (GM_READ_CACHE_BYTES / 4)

static size_t slot_of(const struct gm_oid *oid)
{
	return oid->bytes[GM_OID_SIZE - 1] % GM_READ_CACHE_SLOTS;
}

static void empty(struct gm_read_cache *cache, struct gm_read_cache_slot *slot)
{
	cache->bytes -= slot->size;
	gm_free(slot->data);
	*slot = (struct gm_read_cache_slot){.data = NULL};
}

int gm_read_cache_get(
	struct gm_buf *out, const struct gm_read_cache *cache, const struct gm_oid *oid)
{
	const struct gm_read_cache_slot *slot = &cache->slots[slot_of(oid)];

	if (!slot->data || !gm_oid_equal(&slot->oid, oid))
		return 0;
	int rc = gm_buf_put(out, slot->data, slot->size);
	return rc < 0 ? rc : 1;
}

void gm_read_cache_put(
	struct gm_read_cache *cache, const struct gm_oid *oid, const struct gm_buf *data)
{
	struct gm_read_cache_slot *slot = &cache->slots[slot_of(oid)];

	if (data->size > ITEM_MAX)
		return;
	empty(cache, slot);
	for (size_t i = 0; cache->bytes + data->size > GM_READ_CACHE_BYTES; i++)
		empty(cache, &cache->slots[i]);
	slot->data = gm_malloc(data->size);
	if (!slot->data)
		return;
	if (data->size)
		memcpy(slot->data, data->ptr, data->size);
	slot->size = data->size;
	slot->oid = *oid;
	cache->bytes += data->size;
}

void gm_read_cache_dispose(struct gm_read_cache *cache)
{
	for (size_t i = 0; i < GM_READ_CACHE_SLOTS; i++)
		empty(cache, &cache->slots[i]);
}
