/*
 * The objects that lie in Git's layout in a store's own folder, not those of alternates: for
 * packing them anew and for throwing away what is not needed (git-repack(1), git-prune(1)).
 */
#ifndef GM_OBJSTORE_OWN_OBJECTS_H
#define GM_OBJSTORE_OWN_OBJECTS_H

#include "base/strv.h"
#include "objstore/store.h"

enum gm_own_flags {
	GM_OWN_LOOSE = 1 << 0,
	GM_OWN_PACKED = 1 << 1, /* in a pack that may be replaced */
	GM_OWN_KEPT = 1 << 2,   /* in one that somebody keeps (`.keep`) */
	/* What is to become of it; for who packs anew. */
	GM_OWN_REPACKED = 1 << 3, /* it is in a new pack */
	GM_OWN_DROPPED = 1 << 4,  /* it is not needed any more */
};

struct gm_own_object {
	struct gm_oid oid;
	unsigned flags;
	int64_t time; /* of its youngest copy that is not kept, in seconds since 1970 */
};

struct gm_own_objects {
	struct gm_own_object *items; /* in order of names, each once */
	size_t n;
	size_t cap;
	struct gm_strv packs; /* those that may be replaced: paths without `.pack` */
	size_t n_kept_packs;
	size_t n_loose;
	uint64_t bytes; /* of those packs, their indexes, and loose objects */
};

#define GM_OWN_OBJECTS_INIT                          \
	{                                            \
		.items = NULL, .packs = GM_STRV_INIT \
	}
#define gm_autoown gm_cleanup(gm_own_objects_dispose) struct gm_own_objects

/*
 * What there is now. `out` must be empty. An index that cannot be read is an error, and so is a
 * pack that leaves out what its server promised (`.promisor`).
 */
int gm_own_objects_read(struct gm_own_objects *out, struct gm_store *store);
void gm_own_objects_dispose(struct gm_own_objects *own);

/* Remove what killed writers left, `.keep` files of ours too. Only GM_ENOMEM is an error. */
int gm_own_litter_remove(const struct gm_store *store);

/* NULL when there is no such object. */
struct gm_own_object *gm_own_objects_find(
	const struct gm_own_objects *own, const struct gm_oid *oid);

/* The folder of objects; NULL when the store has none of its own. Lent. */
const char *gm_own_objects_dir(const struct gm_store *store);

/*
 * Remove packs of the list all of whose objects were repacked or dropped, or are kept, but not
 * the packs named by `except`, nor one that is kept by now. Git's index over many packs, which
 * names them, goes first.
 */
int gm_own_packs_remove(
	struct gm_own_objects *own, struct gm_store *store, const struct gm_strv *except);

/*
 * Remove loose objects: what was repacked, and what is dropped and was not touched since
 * `expire`. At most `max` of them, from `*at` on, which is moved along.
 */
int gm_own_loose_remove(struct gm_own_objects *own, struct gm_store *store, size_t *at,
	size_t max, int64_t expire);

/* Remove folders of loose objects that are empty. Best effort. */
void gm_own_folders_remove(const struct gm_store *store);

#endif
