/*
 * Trees that were read lately, checked already: looking for several paths goes through the
 * same folders again and again.
 */
#ifndef GM_OBJSTORE_READ_CACHE_H
#define GM_OBJSTORE_READ_CACHE_H

#include "base/buf.h"
#include "objstore/oid.h"

#define GM_READ_CACHE_SLOTS 64
#define GM_READ_CACHE_BYTES ((size_t)8 << 20)

struct gm_read_cache_slot {
	struct gm_oid oid;
	char *data; /* NULL when free */
	size_t size;
};

struct gm_read_cache {
	struct gm_read_cache_slot slots[GM_READ_CACHE_SLOTS];
	size_t bytes;
};

/* 1 with a copy of the bytes appended to `out`, 0 when they are not there, or an error. */
int gm_read_cache_get(
	struct gm_buf *out, const struct gm_read_cache *cache, const struct gm_oid *oid);

/* Keep a copy, if it fits and there is memory. */
void gm_read_cache_put(
	struct gm_read_cache *cache, const struct gm_oid *oid, const struct gm_buf *data);

void gm_read_cache_dispose(struct gm_read_cache *cache);

#endif
