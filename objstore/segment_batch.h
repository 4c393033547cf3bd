/*
 * A batch of objects and ref updates on their way into segments: a small one becomes a group
 * of the active segment, a large one a segment of its own.
 */
#ifndef GM_OBJSTORE_SEGMENT_BATCH_H
#define GM_OBJSTORE_SEGMENT_BATCH_H

#include "objstore/names.h"
#include "objstore/segments_write.h"
#include "objstore/store.h"

struct gm_segment_batch;

/*
 * gm_segment_batch_free(), which drops what was not committed. `look_up` knows the SHA-256
 * names of objects that are stored.
 */
int gm_segment_batch_new(struct gm_segment_batch **out, struct gm_segments *segments,
	gm_name_lookup_fn look_up, void *payload);
void gm_segment_batch_free(struct gm_segment_batch *batch);

/* As gm_batch_write_based(), with the name worked out. */
int gm_segment_batch_write(struct gm_segment_batch *batch, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size,
	const struct gm_oid *base);

/* GM_ENOTFOUND, without a message, when the batch does not have it. */
int gm_segment_batch_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_segment_batch *batch, const struct gm_oid *oid);

/* As gm_batch_sha256(). */
int gm_segment_batch_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_segment_batch *batch,
	const struct gm_oid *oid);

int gm_segment_batch_ref_update(
	struct gm_segment_batch *batch, const struct gm_ref_change *change);

/* Then the batch is empty, and usable again. */
int gm_segment_batch_commit(struct gm_segment_batch *batch);

#endif
