/*
 * A file `pack-NAME.mtimes` makes a pack one of objects that nothing leads to, and says how old
 * each is (gitformat-pack(5), "pack-*.mtimes files"), so that they can be thrown away in time.
 */
#ifndef GM_OBJSTORE_PACK_MTIMES_H
#define GM_OBJSTORE_PACK_MTIMES_H

#include "objstore/pack.h"

struct gm_pack_mtimes {
	uint8_t *bytes;
	uint32_t n;
};

#define GM_PACK_MTIMES_INIT            \
	{                              \
		.bytes = NULL, .n = 0, \
	}
#define gm_autopackmtimes gm_cleanup(gm_pack_mtimes_dispose) struct gm_pack_mtimes

/* For a pack whose index is open. GM_ENOTFOUND when it has none, GM_EMISMATCH when broken. */
int gm_pack_mtimes_read(struct gm_pack_mtimes *out, const struct gm_pack *pack);

/* Of the object at this place of the index, in seconds since 1970. */
int64_t gm_pack_mtimes_at(const struct gm_pack_mtimes *mtimes, uint32_t at);

/* Write one beside the pack `base`, durably: the times of its objects in order of names. */
int gm_pack_mtimes_write(const char *base, const int64_t *times, size_t n);

void gm_pack_mtimes_dispose(struct gm_pack_mtimes *mtimes);

#endif
