/*
 * A pack (gitformat-pack(5)) that is not kept but sent while it is made, made for speed: what
 * has a base that is known to be much like it becomes a delta of that, and no other base is
 * looked for. Every object is compared with its name on the way.
 */
#ifndef GM_OBJSTORE_PACK_STREAM_H
#define GM_OBJSTORE_PACK_STREAM_H

#include "objstore/store.h"
#include "objstore/zstream.h"

#define GM_PACK_ITEM_NONE SIZE_MAX

/* An object of the pack. Ids are lent. */
struct gm_pack_item {
	const struct gm_oid *oid;
	const struct gm_oid *base; /* NULL: write it whole */
	size_t base_at;            /* the number of the base, an item before this one; or
			   GM_PACK_ITEM_NONE: who gets the pack has it */
};

struct gm_pack_stream_options {
	bool is_thin;    /* deltas of what is not in the pack may be sent */
	bool ofs_deltas; /* bases may be told by where they stand ("ofs-delta") */
	/* Told how many are done; a negative return ends it and is returned. May be NULL. */
	int (*progress)(size_t done, void *payload);
	void *payload;
};

/*
 * Make a pack of the `n` items, each named once, and hand it piece by piece to `write`, whose
 * negative return ends it and is returned. `size_out` gets its bytes. GM_ENOTFOUND when an
 * object is missing, GM_EMISMATCH when it is damaged: what was written is then cut off.
 *
 * `write` and `progress` are called in the thread of the caller. Memory: 12 bytes for each
 * item, besides some megabytes.
 */
int gm_pack_stream(uint64_t *size_out, struct gm_store *store,
	const struct gm_pack_item *items, size_t n,
	const struct gm_pack_stream_options *options, gm_sink_fn write, void *payload);

#endif
