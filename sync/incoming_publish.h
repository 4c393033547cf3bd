/*
 * From incoming objects to objects of the repository.
 */
#ifndef GM_SYNC_INCOMING_PUBLISH_H
#define GM_SYNC_INCOMING_PUBLISH_H

#include "dag/arrived.h"
#include "objstore/pack_keep.h"
#include "sync/incoming.h"

/* Objects that are there, or are by the time the batch is committed. */
struct gm_published {
	struct gm_batch *batch;   /* to be committed; NULL: none */
	struct gm_pack_keep keep; /* of a pack that is in its place already */
};

#define GM_PUBLISHED_INIT                                \
	{                                                \
		.batch = NULL, .keep = GM_PACK_KEEP_INIT \
	}
#define gm_autopublished gm_cleanup(gm_published_dispose) struct gm_published

/* When refs lead there. What was not committed by then is dropped. */
void gm_published_dispose(struct gm_published *published);

/*
 * Put what was checked (gm_arrived_check()) where the repository has its objects. In segments
 * it is written anew, in a batch: it is smaller so, reads faster, and its names in SHA-256 are
 * known. In Git's layout more than `fetch.unpackLimit` objects (100) stay in the pack they came
 * in.
 */
int gm_incoming_publish(struct gm_published *out, struct gm_incoming *incoming,
	const struct gm_arrived *arrived);

#endif
