/*
 * Making deltas as they stand in packs (objstore/delta.h reads them): blocks of the base are
 * indexed by a hash, and the target is searched for them with a rolling one.
 */
#ifndef GM_OBJSTORE_DELTA_ENCODE_H
#define GM_OBJSTORE_DELTA_ENCODE_H

#include "base/buf.h"
#include "base/mem.h"

struct gm_delta_index;

/* Index `base`, which is lent until gm_delta_index_free(). Takes about as much memory. */
int gm_delta_index_new(struct gm_delta_index **out, const void *base, size_t size);
void gm_delta_index_free(struct gm_delta_index *index);
GM_DEFINE_CLEANUP(struct gm_delta_index, gm_delta_index_free)

/*
 * Replace the contents of `out` by a delta that makes `target` of the base. Returns GM_ENO,
 * without a message, when it would have more than `max` bytes.
 */
int gm_delta_encode(struct gm_buf *out, const struct gm_delta_index *index,
	const void *target, size_t size, size_t max);

/*
 * The same of two versions that are much alike: what both have at their beginning and end is
 * found without an index, which is made only of the part between.
 */
int gm_delta_between(struct gm_buf *out, const void *base, size_t base_size,
	const void *target, size_t size, size_t max);

#endif
