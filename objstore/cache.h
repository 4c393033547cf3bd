/*
 * What was read lately: a small cache of bounded size, keyed by a few bytes. The objects of a
 * chain of deltas share most of their way, and looking for several paths goes through the
 * same folders again and again.
 */
#ifndef GM_OBJSTORE_CACHE_H
#define GM_OBJSTORE_CACHE_H

#include "base/buf.h"
#include "objstore/object.h"

#define GM_CACHE_SLOTS 256
#define GM_CACHE_KEY_SIZE 20

struct gm_cache_slot {
	uint8_t key[GM_CACHE_KEY_SIZE];
	enum gm_object_type type;
	char *data; /* NULL when free */
	size_t size;
};

/* Zeros but for `max` are an empty one. */
struct gm_cache {
	struct gm_cache_slot slots[GM_CACHE_SLOTS];
	size_t max; /* of bytes; nothing larger than a quarter of it is kept */
	size_t bytes;
	size_t hand; /* the slot to free next when there are too many bytes */
};

/* NULL when it is not there. Lent until the next put. A key is 1 to 20 bytes. */
const struct gm_cache_slot *gm_cache_get(
	const struct gm_cache *cache, const void *key, size_t key_size);

/* Take the bytes of `data` over, which is empty then. */
void gm_cache_put(struct gm_cache *cache, const void *key, size_t key_size,
	enum gm_object_type type, struct gm_buf *data);

void gm_cache_dispose(struct gm_cache *cache);

#endif
