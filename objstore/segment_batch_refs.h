/*
 * The ref updates of a batch, kept as they will be written.
 */
#ifndef GM_OBJSTORE_SEGMENT_BATCH_REFS_H
#define GM_OBJSTORE_SEGMENT_BATCH_REFS_H

#include "objstore/segment_refs.h"

struct gm_batch_refs {
	struct gm_buf changes; /* each behind its size */
	size_t n;
};

#define GM_BATCH_REFS_INIT                                       \
	{                                                        \
		.changes = GM_BUF_INIT((size_t)30 << 20), .n = 0 \
	}

void gm_batch_refs_reset(struct gm_batch_refs *refs);
void gm_batch_refs_dispose(struct gm_batch_refs *refs);

int gm_batch_refs_add(struct gm_batch_refs *refs, const struct gm_ref_change *change);

/* GM_EMODIFIED when a ref is not what it must be, as of the last refresh. */
int gm_batch_refs_check(const struct gm_batch_refs *refs, struct gm_segments *segments);

/* The same, as of now. */
int gm_batch_refs_check_now(
	const struct gm_batch_refs *refs, struct gm_segments *segments);

/* Append their records. */
int gm_batch_refs_put(struct gm_buf *out, const struct gm_batch_refs *refs);

#endif
