/*
 * Objects out of packs: deltas are followed to a whole object, without recursion and within
 * bounds, and applied. What comes out is not hashed here.
 */
#ifndef GM_OBJSTORE_UNPACK_H
#define GM_OBJSTORE_UNPACK_H

#include "objstore/internal.h"

/* The longest chain of deltas we follow; git makes 50, and 4095 at most. */
#define GM_DELTA_CHAIN_MAX 4096

/* Replace the contents of `out` by the object at `offset` of an open pack. */
int gm_unpack(struct gm_buf *out, enum gm_object_type *type_out, struct gm_store *store,
	struct gm_pack *pack, uint64_t offset);

/* `size_out` NULL: the size, for which the beginning of a delta is inflated, is not wanted. */
int gm_unpack_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_store *store, struct gm_pack *pack, uint64_t offset);

#endif
