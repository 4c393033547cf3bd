/*
 * Packing many objects well: each is written as a delta of one that is likely much like it,
 * where that saves room. (gitformat-pack(5); the way of looking for bases is that of
 * git-pack-objects(1), "--window" and "--depth".)
 */
#ifndef GM_OBJSTORE_PACK_BUILD_H
#define GM_OBJSTORE_PACK_BUILD_H

#include "objstore/pack_keep.h"
#include "objstore/store.h"

struct gm_pack_item {
	struct gm_oid oid;
	enum gm_object_type type; /* GM_OBJECT_NONE: it is looked up */
	uint32_t place; /* a hash of the path: those at one place are much alike */
	uint32_t age;   /* smaller is newer */
};

/* Told how many are done; a negative return ends it and is returned. */
typedef int (*gm_pack_progress_fn)(size_t done, void *payload);

struct gm_pack_build_options {
	const char *objects_dir;      /* where the pack goes */
	gm_pack_progress_fn progress; /* may be NULL */
	void *payload;
};

/*
 * Write one pack of the objects, which are sorted in place and are each there once, out of the
 * store; none makes no pack. Every object is compared with its name on the way. It is durable
 * then, and kept until `keep_out` is released; `base_out` (gm_free) is its path without
 * `.pack`, NULL when there is none.
 *
 * Some 64 MB of memory are used, besides 32 bytes for each object.
 */
int gm_pack_build(struct gm_pack_keep *keep_out, char **base_out, struct gm_store *store,
	struct gm_pack_item *items, size_t n,
	const struct gm_pack_build_options *options);

#endif
