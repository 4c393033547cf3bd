/*
 * Packing many objects well: each is written as a delta of one that is likely much like it,
 * where that saves room. (gitformat-pack(5); the way of looking for bases is that of
 * git-pack-objects(1), "--window" and "--depth".)
 */
#ifndef GM_OBJSTORE_PACK_BUILD_H
#define GM_OBJSTORE_PACK_BUILD_H

#include "objstore/pack_keep.h"
#include "objstore/store.h"

/* Told how many are done; a negative return ends it and is returned. */
typedef int (*gm_pack_progress_fn)(size_t done, void *payload);

struct gm_pack_build_options {
	const char *objects_dir;      /* where the pack goes */
	gm_pack_progress_fn progress; /* may be NULL */
	void *payload;
};

/*
 * Write one pack of the objects, each named once, out of the store, in this order: what is
 * alike should stand together, the newest of it first. None make no pack. Every object is
 * compared with its name on the way. The pack is durable then, and kept until `keep_out` is
 * released; `base_out` (gm_free) is its path without `.pack`, NULL when there is none.
 *
 * Some 64 MB of memory are used, besides 32 bytes for each object.
 */
int gm_pack_build(struct gm_pack_keep *keep_out, char **base_out, struct gm_store *store,
	const struct gm_oid *oids, size_t n, const struct gm_pack_build_options *options);

#endif
