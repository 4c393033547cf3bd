/*
 * A segment of one's own, for what is too much for the active one: filled without the lock of
 * the store, and visible once it is published. The file is locked with flock(2) until then,
 * so that nobody takes it for litter.
 */
#ifndef GM_OBJSTORE_SEGMENT_BULK_H
#define GM_OBJSTORE_SEGMENT_BULK_H

#include "base/time.h"
#include "objstore/segments_write.h"

struct gm_bulk;

/* gm_bulk_free(), which drops what was not published. */
int gm_bulk_open(struct gm_bulk **out, struct gm_segments *segments);
void gm_bulk_free(struct gm_bulk *bulk);
GM_DEFINE_CLEANUP(struct gm_bulk, gm_bulk_free)

/* Add an object; `sha256` of it may be set for blobs too. `base` may be NULL. */
int gm_bulk_add(struct gm_bulk *bulk, const struct gm_new_object *object,
	const struct gm_new_base *base);

/* How many were added. They are numbered from 0. */
size_t gm_bulk_n(const struct gm_bulk *bulk);

/* The SHA-256 name of the object number `at`; zeros when it is not known. Lent. */
const uint8_t *gm_bulk_sha256(const struct gm_bulk *bulk, size_t at);

/* How many bases the object number `at` has. */
int gm_bulk_depth(const struct gm_bulk *bulk, size_t at);

/* Read an object back; `known` tells the numbers of those in here. Not compared to its name. */
int gm_bulk_read(struct gm_buf *out, enum gm_object_type *type_out, struct gm_bulk *bulk,
	size_t at, const struct gm_map *known);

/*
 * For gc: mark the segment as its work, and take another effort (lent; NULL: that of writers)
 * for what is added.
 */
int gm_bulk_set_compact(struct gm_bulk *bulk, const struct gm_effort *effort);

/* Give the list of objects, in the order they were added, to the caller (gm_free). */
void gm_bulk_detach_entries(struct gm_index_entry **out, size_t *n_out, size_t *cap_out,
	struct gm_bulk *bulk);

/* When its objects count as written, if that is not now. */
int gm_bulk_set_time(struct gm_bulk *bulk, gm_time time);

/* Make it durable, for who names it in the manifest: then say gm_bulk_set_published(). */
int gm_bulk_seal(struct gm_manifest_segment *out, struct gm_bulk *bulk);
void gm_bulk_set_published(struct gm_bulk *bulk);

/* Make it durable and visible. Then it is only good for gm_bulk_free(). */
int gm_bulk_publish(struct gm_bulk *bulk);

#endif
