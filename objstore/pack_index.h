/*
 * A pack's index (gitformat-pack(5), "pack-*.idx files"), version 1 or 2: the sorted names of
 * the pack's objects and where they begin. It is used where it lies, in mapped memory, and
 * every access is checked, so damage gives errors or misses, never a wild read.
 */
#ifndef GM_OBJSTORE_PACK_INDEX_H
#define GM_OBJSTORE_PACK_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objstore/oid.h"

struct gm_pack_index {
	const uint8_t *bytes;
	size_t size;
	unsigned version;
	uint32_t n;
	const uint8_t *fanout;
	const uint8_t *oids;
	size_t stride;       /* from one name to the next */
	const uint8_t *crcs; /* NULL in version 1 */
	const uint8_t *offsets;
	const uint8_t *large;
	size_t n_large;
	bool mapped;
};

/* Look at an index in memory, which must stay. GM_EMISMATCH when it cannot be one. */
int gm_pack_index_init(struct gm_pack_index *out, const void *bytes, size_t size);

/* The same for a file. Returns GM_ENOTFOUND without a message when there is none. */
int gm_pack_index_open(struct gm_pack_index *out, const char *path);
void gm_pack_index_dispose(struct gm_pack_index *index);

/* The place of an object; false when it is not there. */
bool gm_pack_index_find(
	uint32_t *out, const struct gm_pack_index *index, const struct gm_oid *oid);

/* The first place whose name is not less than `oid`; the number of objects when none is. */
uint32_t gm_pack_index_lower_bound(
	const struct gm_pack_index *index, const struct gm_oid *oid);

/* These take a place below `n`. */
void gm_pack_index_oid(
	struct gm_oid *out, const struct gm_pack_index *index, uint32_t at);
int gm_pack_index_offset(uint64_t *out, const struct gm_pack_index *index, uint32_t at);
uint32_t gm_pack_index_crc(const struct gm_pack_index *index, uint32_t at);

/* The checksum of the pack it belongs to. Lent. */
const uint8_t *gm_pack_index_pack_checksum(const struct gm_pack_index *index);

/* A number as packs and indexes have them: the highest byte first. */
static inline uint32_t gm_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		(uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void gm_put_be32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

#endif
