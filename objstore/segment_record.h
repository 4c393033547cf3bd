/*
 * The bytes of a segment: its header, and the records and groups in it.
 * (gitmem-format(5), "Segments")
 *
 * A record's checksum is seeded with the segment and the place it stands at, so that one that
 * was copied elsewhere is never valid.
 */
#ifndef GM_OBJSTORE_SEGMENT_RECORD_H
#define GM_OBJSTORE_SEGMENT_RECORD_H

#include "base/buf.h"
#include "objstore/object.h"

#define GM_SEGMENT_HEADER_SIZE 32

/* Kinds of records. The objects are numbered as in enum gm_object_type. */
enum gm_record_class {
	GM_RECORD_REF = 8,
	GM_RECORD_GROUP_END = 9,
	GM_RECORD_FRESHEN = 10,
};

enum gm_encoding {
	GM_ENCODING_RAW = 0,
	GM_ENCODING_ZSTD = 1,
	GM_ENCODING_DICTIONARY = 2,
	GM_ENCODING_PREFIX = 3,
};

struct gm_record {
	unsigned class;
	unsigned encoding;
	size_t raw_size;
	size_t stored_size;
	const uint8_t *oid;    /* NULL when this class has none */
	const uint8_t *base;   /* NULL unless the encoding is GM_ENCODING_PREFIX */
	const uint8_t *sha256; /* NULL when it is not there */
	const uint8_t *payload;
	size_t size; /* of the record as a whole */
};

/* Flags in the header. */
enum gm_segment_flags {
	GM_SEGMENT_COMPACT =
		1 << 0, /* written by gc: its objects cannot be had for less */
};

/* What stands at the beginning of a segment, without flags. */
void gm_segment_header_put(
	uint8_t out[GM_SEGMENT_HEADER_SIZE], uint64_t id, uint64_t number);

/*
 * Returns GM_EMISMATCH when it is damaged, GM_EINVALID when a newer gitmem wrote it; `name` is
 * for messages.
 */
int gm_segment_header_parse(uint64_t *id_out, uint64_t *number_out, const uint8_t *bytes,
	size_t size, const char *name);

void gm_segment_header_set_flags(uint8_t header[GM_SEGMENT_HEADER_SIZE], unsigned flags);
unsigned gm_segment_header_flags(const uint8_t header[GM_SEGMENT_HEADER_SIZE]);

/* Append a number in LEB128; at most 10 bytes. */
int gm_varint_put(struct gm_buf *out, uint64_t value);

/* Read one and step over it. False when it is cut off, too large or longer than need be. */
bool gm_varint_get(uint64_t *out, const uint8_t **at, const uint8_t *end);

/* Append a record, its checksum still open; `size` is not looked at. */
int gm_record_put(struct gm_buf *out, const struct gm_record *record);

/* Fill in the checksum of a record that will stand at `offset` of the segment `id`. */
void gm_record_stamp(uint8_t *bytes, size_t size, uint64_t id, uint64_t offset);

/*
 * Parse the record at the beginning of `bytes`, which is lent to `out`. Returns GM_EMISMATCH,
 * without a message, when it is cut off or its checksum is wrong (everyday answers for
 * those who look for the end of a segment), GM_EINVALID when a newer gitmem wrote it.
 */
int gm_record_parse(struct gm_record *out, const uint8_t *bytes, size_t size, uint64_t id,
	uint64_t offset);

/* The same of bytes whose checksum, or that of their whole group, has just been compared. */
int gm_record_parse_checked(struct gm_record *out, const uint8_t *bytes, size_t size);

/*
 * How many bytes the record at `bytes` would have, going by its unchecked head; 0 when that
 * is no head, or the record would be cut off.
 */
size_t gm_record_extent(const uint8_t *bytes, size_t size);

static inline bool gm_record_is_object(const struct gm_record *record)
{
	return record->class >= GM_OBJECT_COMMIT && record->class <= GM_OBJECT_TAG;
}

/*
 * Append the record that ends a group of `size` bytes at `group`, which are final. It is
 * stamped for the place `offset`, behind them.
 */
int gm_group_end_put(
	struct gm_buf *out, const void *group, size_t size, uint64_t id, uint64_t offset);

/*
 * The size of the group that this record ends, when the `before` bytes in front of the record
 * hold it whole; 0 otherwise. `at` is the record's first byte.
 */
size_t gm_group_end_check(
	const struct gm_record *record, const uint8_t *at, size_t before);

/*
 * Whether a group that is whole stands at `from`, in front of `to`: its end and where that is. The
 * records in it have been compared with one checksum, which is cheaper than with each one's.
 */
bool gm_group_at(struct gm_record *end_out, size_t *at_out, const uint8_t *bytes,
	size_t from, size_t to, uint64_t id);

static inline uint32_t gm_le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		(uint32_t)at[3] << 24;
}

static inline uint64_t gm_le64(const uint8_t *at)
{
	return gm_le32(at) | (uint64_t)gm_le32(at + 4) << 32;
}

static inline void gm_put_le32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void gm_put_le64(uint8_t *at, uint64_t value)
{
	gm_put_le32(at, (uint32_t)value);
	gm_put_le32(at + 4, (uint32_t)(value >> 32));
}

#endif
