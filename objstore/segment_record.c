#include "objstore/segment_record.h"

#include <string.h>

#include "objstore/crc32c.h"

#define VERSION 1
#define CRC_SIZE 4
#define VARINT_MAX 10
#define HAS_SHA256 0x80u

static const char magic[7] = {'g', 'm', 's', 'e', 'g', 0, 0};

void gm_segment_header_put(
	uint8_t out[GM_SEGMENT_HEADER_SIZE], uint64_t id, uint64_t number)
{
	memset(out, 0, GM_SEGMENT_HEADER_SIZE);
	memcpy(out, magic, sizeof(magic));
	out[7] = VERSION;
	gm_put_le64(out + 8, id);
	gm_put_le64(out + 16, number);
	gm_put_le32(out + 28, gm_crc32c(0, out, 28));
}

int gm_segment_header_parse(uint64_t *id_out, uint64_t *number_out, const uint8_t *bytes,
	size_t size, const char *name)
{
	if (size < GM_SEGMENT_HEADER_SIZE)
		return gm_error(GM_EMISMATCH, "'%s' is cut off in its header", name);
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return gm_error(GM_EMISMATCH, "'%s' is no segment", name);
	if (gm_le32(bytes + 28) != gm_crc32c(0, bytes, 28))
		return gm_error(GM_EMISMATCH, "'%s' has a damaged header", name);
	if (bytes[7] != VERSION)
		return gm_error(GM_EINVALID,
			"'%s' was written by a newer gitmem: version %u", name, bytes[7]);
	*id_out = gm_le64(bytes + 8);
	*number_out = gm_le64(bytes + 16);
	return 0;
}

void gm_segment_header_set_flags(uint8_t header[GM_SEGMENT_HEADER_SIZE], unsigned flags)
{
	gm_put_le32(header + 24, flags);
	gm_put_le32(header + 28, gm_crc32c(0, header, 28));
}

unsigned gm_segment_header_flags(const uint8_t header[GM_SEGMENT_HEADER_SIZE])
{
	return gm_le32(header + 24);
}

int gm_varint_put(struct gm_buf *out, uint64_t value)
{
	char bytes[VARINT_MAX];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (char)(0x80 | (value & 0x7f));
	bytes[n++] = (char)value;
	return gm_buf_put(out, bytes, n);
}

bool gm_varint_get(uint64_t *out, const uint8_t **at, const uint8_t *end)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_MAX && *at + i < end; i++) {
		uint8_t byte = (*at)[i];
		if (i == VARINT_MAX - 1 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte & 0x80)
			continue;
		if (i && !byte)
			return false;
		*at += i + 1;
		*out = value;
		return true;
	}
	return false;
}

/* Also of classes to come: those below 8 are objects. */
static bool class_has_oid(unsigned class)
{
	return class < GM_RECORD_REF || class == GM_RECORD_FRESHEN;
}

int gm_record_put(struct gm_buf *out, const struct gm_record *record)
{
	size_t before = out->size;
	unsigned kind =
		record->class | record->encoding << 4 | (record->sha256 ? HAS_SHA256 : 0);
	int rc = gm_buf_put(out, "\0\0\0\0", CRC_SIZE);

	if (rc == 0)
		rc = gm_buf_putc(out, (char)kind);
	if (rc == 0)
		rc = gm_varint_put(out, record->raw_size);
	if (rc == 0)
		rc = gm_varint_put(out, record->stored_size);
	if (rc == 0 && record->oid)
		rc = gm_buf_put(out, record->oid, GM_OID_SIZE);
	if (rc == 0 && record->base)
		rc = gm_buf_put(out, record->base, GM_OID_SIZE);
	if (rc == 0 && record->sha256)
		rc = gm_buf_put(out, record->sha256, GM_SHA256_SIZE);
	if (rc == 0)
		rc = gm_buf_put(out, record->payload, record->stored_size);
	if (rc < 0)
		out->size = before;
	return rc;
}

static uint32_t record_crc(
	const uint8_t *bytes, size_t size, uint64_t id, uint64_t offset)
{
	uint8_t seed[16];

	gm_put_le64(seed, id);
	gm_put_le64(seed + 8, offset);
	return gm_crc32c(
		gm_crc32c(0, seed, sizeof(seed)), bytes + CRC_SIZE, size - CRC_SIZE);
}

void gm_record_stamp(uint8_t *bytes, size_t size, uint64_t id, uint64_t offset)
{
	gm_put_le32(bytes, record_crc(bytes, size, id, offset));
}

static const uint8_t *take(const uint8_t **at, size_t size)
{
	const uint8_t *field = *at;

	*at += size;
	return field;
}

static bool read_head(struct gm_record *out, const uint8_t **at, const uint8_t *end)
{
	uint64_t raw_size;
	uint64_t stored_size;
	unsigned kind = *(*at)++;

	*out = (struct gm_record){.class = kind & 15, .encoding = kind >> 4 & 7};
	if (!gm_varint_get(&raw_size, at, end) || !gm_varint_get(&stored_size, at, end))
		return false;
	if (raw_size > GM_OBJECT_MAX_SIZE || stored_size > GM_OBJECT_MAX_SIZE)
		return false;
	out->raw_size = (size_t)raw_size;
	out->stored_size = (size_t)stored_size;
	bool has_oid = class_has_oid(out->class);
	bool has_base = out->encoding == GM_ENCODING_PREFIX;
	bool has_sha256 = kind & HAS_SHA256;
	size_t fields = (has_oid ? GM_OID_SIZE : 0) + (has_base ? GM_OID_SIZE : 0) +
		(has_sha256 ? GM_SHA256_SIZE : 0);
	if ((size_t)(end - *at) < fields + out->stored_size)
		return false;
	out->oid = has_oid ? take(at, GM_OID_SIZE) : NULL;
	out->base = has_base ? take(at, GM_OID_SIZE) : NULL;
	out->sha256 = has_sha256 ? take(at, GM_SHA256_SIZE) : NULL;
	out->payload = take(at, out->stored_size);
	return true;
}

size_t gm_record_extent(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes + CRC_SIZE;
	struct gm_record record;

	if (size <= CRC_SIZE || !read_head(&record, &at, bytes + size))
		return 0;
	return (size_t)(at - bytes);
}

static int check_kind(const struct gm_record *record)
{
	bool known = gm_record_is_object(record) || record->class == GM_RECORD_REF ||
		record->class == GM_RECORD_GROUP_END ||
		record->class == GM_RECORD_FRESHEN;

	if (!known)
		return gm_error(GM_EINVALID,
			"a record was written by a newer gitmem: class %u",
			record->class);
	if (record->encoding > GM_ENCODING_PREFIX)
		return gm_error(GM_EINVALID,
			"a record was written by a newer gitmem: encoding %u",
			record->encoding);
	return 0;
}

int gm_record_parse_checked(struct gm_record *out, const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes + CRC_SIZE;
	struct gm_record record;

	if (size <= CRC_SIZE || !read_head(&record, &at, bytes + size))
		return GM_EMISMATCH;
	record.size = (size_t)(at - bytes);
	int rc = check_kind(&record);
	if (rc < 0)
		return rc;
	if (record.encoding == GM_ENCODING_RAW && record.raw_size != record.stored_size)
		return GM_EMISMATCH;
	*out = record;
	return 0;
}

int gm_record_parse(struct gm_record *out, const uint8_t *bytes, size_t size, uint64_t id,
	uint64_t offset)
{
	size_t extent = gm_record_extent(bytes, size);

	if (!extent || gm_le32(bytes) != record_crc(bytes, extent, id, offset))
		return GM_EMISMATCH;
	return gm_record_parse_checked(out, bytes, extent);
}

int gm_group_end_put(
	struct gm_buf *out, const void *group, size_t size, uint64_t id, uint64_t offset)
{
	uint8_t crc[4];
	gm_autobuf payload = GM_BUF_INIT(VARINT_MAX + sizeof(crc));
	struct gm_record record = {.class = GM_RECORD_GROUP_END};
	int rc = gm_varint_put(&payload, size);

	gm_put_le32(crc, gm_crc32c(0, group, size));
	if (rc == 0)
		rc = gm_buf_put(&payload, crc, sizeof(crc));
	if (rc < 0)
		return rc;
	size_t before = out->size;
	record.payload = (const uint8_t *)payload.ptr;
	record.raw_size = record.stored_size = payload.size;
	rc = gm_record_put(out, &record);
	if (rc == 0)
		gm_record_stamp(
			(uint8_t *)out->ptr + before, out->size - before, id, offset);
	return rc;
}

size_t gm_group_end_check(
	const struct gm_record *record, const uint8_t *at, size_t before)
{
	const uint8_t *field = record->payload;
	const uint8_t *end = field + record->stored_size;
	uint64_t size;

	if (record->class != GM_RECORD_GROUP_END || !gm_varint_get(&size, &field, end) ||
		end - field != 4 || !size || size > before)
		return 0;
	return gm_crc32c(0, at - size, (size_t)size) == gm_le32(field) ? (size_t)size : 0;
}

bool gm_group_at(struct gm_record *end_out, size_t *at_out, const uint8_t *bytes,
	size_t from, size_t to, uint64_t id)
{
	size_t at = from;
	size_t extent = 0;

	while (to - at > CRC_SIZE && (bytes[at + CRC_SIZE] & 15) != GM_RECORD_GROUP_END) {
		extent = gm_record_extent(bytes + at, to - at);
		if (!extent)
			return false;
		at += extent;
	}
	if (!extent || gm_record_parse(end_out, bytes + at, to - at, id, at) < 0)
		return false;
	*at_out = at;
	return gm_group_end_check(end_out, bytes + at, at - from) == at - from;
}
