/*
 * One entry of a pack (gitformat-pack(5)): a type and a size, for a delta where its base is,
 * then compressed data.
 */
#ifndef GM_OBJSTORE_PACK_ENTRY_H
#define GM_OBJSTORE_PACK_ENTRY_H

#include "base/buf.h"
#include "objstore/object.h"
#include "objstore/zstream.h"

#define GM_PACK_HEADER_SIZE 12
#define GM_PACK_TRAILER_SIZE GM_OID_SIZE

enum gm_pack_entry_kind {
	GM_PACK_ENTRY_WHOLE,
	GM_PACK_ENTRY_OFS_DELTA, /* the base stands earlier in the pack */
	GM_PACK_ENTRY_REF_DELTA, /* the base is named */
};

struct gm_pack_entry {
	enum gm_pack_entry_kind kind;
	enum gm_object_type type; /* of a whole one */
	size_t size;              /* of the data when inflated */
	const uint8_t *data;      /* compressed */
	size_t data_max;          /* from `data` to the end of what was given */
	uint64_t base_offset;
	struct gm_oid base;
};

/*
 * Parse the entry that starts at `offset` of `pack`, whose last byte that may be part of an
 * entry is `end - 1`. GM_EMISMATCH when there is none, GM_ETOOBIG over GM_OBJECT_MAX_SIZE.
 */
int gm_pack_entry_parse(
	struct gm_pack_entry *out, const uint8_t *pack, uint64_t end, uint64_t offset);

/*
 * Replace the contents of `out` by the data of an entry. GM_EMISMATCH when it is damaged,
 * GM_ETOOBIG when it does not fit the ceiling of `out`, which is told before anything is read.
 */
int gm_pack_entry_inflate(struct gm_buf *out, struct gm_inflate *inflate,
	const struct gm_pack_entry *entry);

/* The longest beginning of an entry that these write. */
#define GM_PACK_ENTRY_HEADER_MAX 32

/* Write what stands before the data of a whole object; returns its length. */
size_t gm_pack_entry_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], enum gm_object_type type, size_t size);

/* The same for a delta of `size` bytes whose base begins `distance` bytes earlier. */
size_t gm_pack_entry_delta_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], size_t size, uint64_t distance);

/* The same for a delta whose base is named. */
size_t gm_pack_entry_ref_delta_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], size_t size, const struct gm_oid *base);

#endif
