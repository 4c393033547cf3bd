/*
 * Bases of deltas that were inflated lately: a small cache of bounded size, because the
 * objects of a chain share most of their way.
 */
#ifndef GM_OBJSTORE_BASE_CACHE_H
#define GM_OBJSTORE_BASE_CACHE_H

#include "base/buf.h"
#include "objstore/pack.h"

#define GM_BASE_CACHE_SLOTS 256
#define GM_BASE_CACHE_BYTES ((size_t)16 << 20)

struct gm_base_cache_slot {
	const struct gm_pack *pack; /* NULL when free */
	uint64_t offset;
	enum gm_object_type type;
	char *data;
	size_t size;
};

struct gm_base_cache {
	struct gm_base_cache_slot slots[GM_BASE_CACHE_SLOTS];
	size_t bytes;
	size_t hand; /* the slot to free next when there are too many bytes */
};

/* NULL when it is not there. Lent until the next put. */
const struct gm_base_cache_slot *gm_base_cache_get(
	const struct gm_base_cache *cache, const struct gm_pack *pack, uint64_t offset);

/* Take the bytes of `data` over, which is empty then. */
void gm_base_cache_put(struct gm_base_cache *cache, const struct gm_pack *pack,
	uint64_t offset, enum gm_object_type type, struct gm_buf *data);

void gm_base_cache_dispose(struct gm_base_cache *cache);

#endif
