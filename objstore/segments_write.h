/*
 * Writing into a segment store: groups into the active segment, segments of their own, and
 * the sealing of both.
 */
#ifndef GM_OBJSTORE_SEGMENTS_WRITE_H
#define GM_OBJSTORE_SEGMENTS_WRITE_H

#include "objstore/segments.h"

/* An active segment is sealed when it has this much. */
#define GM_SEAL_RECORDS 2048
#define GM_SEAL_BYTES ((size_t)4 << 20)

/* The most index that is rewritten between writes; gc does the rest. */
#define GM_MERGE_BYTES ((size_t)4 << 20)

/* Take the store's lock, as often as it is given back, and see what is new. */
int gm_segments_lock(struct gm_segments *segments);
void gm_segments_unlock(struct gm_segments *segments);

struct gm_new_object {
	struct gm_oid oid;
	enum gm_object_type type;
	const void *data;
	size_t size;
	const uint8_t *sha256; /* NULL when it is not known, or not to be kept */
};

struct gm_new_base {
	const struct gm_oid *oid;
	const void *data;
	size_t size;
	int depth; /* how many bases it has itself */
};

/*
 * Append the record of an object, in the encoding that is found smallest; `base` may be NULL.
 * `depth_out` tells how many bases the record has.
 */
int gm_segments_encode(struct gm_buf *out, int *depth_out, struct gm_segments *segments,
	const struct gm_new_object *object, const struct gm_new_base *base);

/* How hard to try. */
struct gm_effort {
	int level;
	struct gm_dictionary *dictionaries[GM_OBJECT_TAG + 1]; /* by type; NULL: none */
};

/* The same with another effort than that of writers (NULL). */
int gm_segments_encode_with(struct gm_buf *out, int *depth_out,
	struct gm_segments *segments, const struct gm_new_object *object,
	const struct gm_new_base *base, const struct gm_effort *effort);

/*
 * Append one group: `fill` puts its records, not stamped, into `out`, with the lock held and
 * everything up to date. When this returns 0 the group is durable. A group without
 * records is none. An error of `fill` is returned, and nothing happens.
 *
 * While flushes are held the records go into a group that stays open, with the lock, until
 * gm_segments_flush(): in memory only, but seen by all that uses this handle.
 */
typedef int (*gm_group_fill_fn)(struct gm_buf *out, void *payload);
int gm_segments_append(
	struct gm_segments *segments, gm_group_fill_fn fill, void *payload);

/* The same with the lock held already. */
int gm_segments_append_locked(
	struct gm_segments *segments, gm_group_fill_fn fill, void *payload);

/* As gm_store_hold_flushes() and gm_store_flush(). */
int gm_segments_hold_flushes(struct gm_segments *segments, bool hold);
int gm_segments_flush(struct gm_segments *segments);

/* Flush the active segment, as whoever wrote it may not have done with core.fsync=none. */
int gm_segments_flush_tail(const struct gm_segments *segments);

/*
 * Seal the active segment and begin another. The lock is held. For what cannot wait:
 * objstore/segments_upkeep.h does it without others noticing.
 */
int gm_segments_seal(struct gm_segments *segments);

/*
 * Name a segment that was filled apart, and flushed, in the manifest. Takes the lock. `oldest` is
 * what gm_segments_oldest() gave before it was begun, and is changed.
 */
int gm_segments_publish(struct gm_segments *segments,
	const struct gm_manifest_segment *segment, struct gm_index_entry *entries,
	size_t n, char oldest[GM_STORE_NAME_MAX]);

/* The name of the oldest index, which changes when gc has been here; "" when there is none. */
void gm_segments_oldest(char out[GM_STORE_NAME_MAX], const struct gm_segments *segments);

/*
 * See that the classes have dictionaries, of what `each` gives for samples: for a bulk writer
 * before it begins. Takes the lock for an instant when there is something new.
 */
int gm_segments_learn(struct gm_segments *segments, enum gm_object_type class,
	const struct gm_samples *samples);

/* Write a manifest for `next`, whose generation is set, and follow it. The lock is held. */
int gm_segments_write_manifest(struct gm_segments *segments, struct gm_manifest *next);

/*
 * The SHA-256 name of an object in the segments. GM_ENOTFOUND without a message when it is
 * not in there or its name was not known when it was written.
 */
int gm_segments_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_oid *oid);

/* The same as of the last refresh, so that what was lent stays. */
int gm_segments_sha256_now(uint8_t out[GM_SHA256_SIZE], struct gm_segments *segments,
	const struct gm_oid *oid);

/* Remember a name that was worked out. */
int gm_segments_remember_name(struct gm_segments *segments, const struct gm_oid *oid,
	const uint8_t name[GM_SHA256_SIZE]);

#endif
