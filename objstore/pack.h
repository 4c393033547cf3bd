/*
 * A pack and its index as they lie on disk. Both are opened when they are first needed and
 * stay mapped; a pack that a peer's `git gc` removed meanwhile is `gone` when it was not
 * opened yet, and still readable when it was.
 */
#ifndef GM_OBJSTORE_PACK_H
#define GM_OBJSTORE_PACK_H

#include <time.h>

#include "objstore/pack_entry.h"
#include "objstore/pack_index.h"

struct gm_pack {
	char *base; /* the path without `.pack` or `.idx` */
	struct gm_pack_index index;
	const uint8_t *bytes; /* NULL until mapped */
	size_t size;
	bool index_ready;
	bool gone;
	bool flushed;
	time_t refreshed;
};

/* `base` is copied. gm_pack_free(). */
int gm_pack_new(struct gm_pack **out, const char *base);
void gm_pack_free(struct gm_pack *pack);

/* Open the index, if that was not done. GM_ENOTFOUND (no message) when it is gone. */
int gm_pack_open_index(struct gm_pack *pack);

/*
 * Map the pack and see that it belongs to its index, if that was not done. Returns
 * GM_ENOTFOUND (no message) when it is gone, GM_EMISMATCH when the two do not fit.
 */
int gm_pack_open(struct gm_pack *pack);

/*
 * Where an object begins, in a pack that is open then. Returns GM_ENOTFOUND (no message)
 * when it is not in there.
 */
int gm_pack_find(uint64_t *out, struct gm_pack *pack, const struct gm_oid *oid);

/* Parse the entry at `offset` of an open pack. */
int gm_pack_entry(struct gm_pack_entry *out, const struct gm_pack *pack, uint64_t offset);

/*
 * Make sure that the pack survives a power cut and is young in the eyes of `git gc`. Returns
 * 1, or 0 when that cannot be had (not ours, read-only, a cruft pack).
 */
int gm_pack_refresh(struct gm_pack *pack);

#endif
