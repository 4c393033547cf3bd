/*
 * The inside of a store, for this folder only.
 */
#ifndef GM_OBJSTORE_INTERNAL_H
#define GM_OBJSTORE_INTERNAL_H

#include "objstore/abbreviate.h"
#include "objstore/cache.h"
#include "objstore/name_map.h"
#include "objstore/segments.h"
#include "objstore/source.h"
#include "objstore/store.h"
#include "objstore/zstream.h"

struct gm_store {
	struct gm_segments *segments; /* NULL in Git's layout */
	struct gm_segments **retired; /* of layouts before; batches may hold on to them */
	size_t n_retired;
	size_t cap_retired;
	char *gitdir;        /* of the repository; NULL: the layout is not followed */
	bool is_flushed;     /* core.fsync is not `none` */
	const char *command; /* as gm_store_set_waiting() said, for segments to come */
	gm_lock_wait_fn waiting;
	void *waiting_payload;
	struct gm_source **sources; /* the first is ours, the others are alternates */
	size_t n_sources;
	size_t cap_sources;
	bool alternates_read;
	struct gm_inflate inflate;
	struct gm_cache bases;                  /* of deltas, by where they stand */
	struct gm_cache trees;                  /* by name, checked already */
	struct gm_name_map *names;              /* of what no segment index has */
	struct gm_abbreviations *abbreviations; /* NULL until the first id is shortened */
	struct gm_buf path; /* of the loose object looked at, to spare an allocation */
};

/* Add a folder of objects, unless it is there already. */
int gm_store_add_source(struct gm_store *store, const char *dir, unsigned depth);

/* Add what `info/alternates` names, if that was not done. */
int gm_store_read_alternates(struct gm_store *store);

/* Loose objects or packs were added: what gm_store_abbreviate() keeps is out of date. */
void gm_store_forget_abbreviations(struct gm_store *store);

/* Every object that does not stand in segments, once. */
int gm_store_each_outside(struct gm_store *store, gm_store_each_fn each, void *payload);

/* Look for packs and alternates, all of them, as they are now. */
int gm_store_refresh(struct gm_store *store);

/* What to do with a copy of an object: GM_ENOTFOUND when it is not there. */
struct gm_copy_op {
	int (*loose)(struct gm_store *store, const char *path, const struct gm_oid *oid,
		void *payload);
	int (*packed)(struct gm_store *store, struct gm_pack *pack, uint64_t offset,
		const struct gm_oid *oid, void *payload);
};

/*
 * Try the copies of an object until the operation returns 0 or an error that no other copy
 * would mend. Returns GM_ENOTFOUND, without a message, when there is none.
 */
int gm_store_try(struct gm_store *store, const struct gm_oid *oid,
	const struct gm_copy_op *op, void *payload);

/* Open the segments of a repository; GM_ENOTFOUND, without a message, when it has none. */
int gm_store_open_segments(struct gm_store *store, const char *path);

/*
 * Objects are looked for in the segments first. What to return when those gave `found` and the
 * sources `rest`: when nobody has an object, what would know of it may be broken.
 */
int gm_segments_or(struct gm_store *store, const struct gm_oid *oid, int found, int rest);

/* The map of names of the repository in `path`, or whose folder of objects that is. */
int gm_store_open_names(struct gm_store *store, const char *path);

/* A SHA-256 name that is known. GM_ENOTFOUND, without a message, when it must be worked out. */
int gm_store_recall_name(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid);

/* gm_store_sha256() that leaves it to the caller to save what was named. */
int gm_store_work_out_name(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid);

/*
 * The names that a batch needs: those of its own objects, in Git's layout, and of stored ones.
 * What stock git wrote is named on the way, as far as that takes few reads.
 */
struct gm_batch_names {
	struct gm_store *store;
	size_t reads_left;
};

void gm_batch_names_begin(struct gm_batch_names *names, struct gm_store *store);

/* A gm_name_lookup_fn; `payload` is a struct gm_batch_names. */
int gm_batch_names_look_up(
	uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload);

/* Note the name of a new object, if all that it leads to have theirs. */
int gm_batch_names_add(struct gm_batch_names *names, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size);

#endif
