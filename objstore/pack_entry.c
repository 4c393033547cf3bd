#include "objstore/pack_entry.h"

#include <string.h>

#include "base/error.h"

/* The codes that are no object types. */
#define OFS_DELTA 6
#define REF_DELTA 7

/* With so many bytes more than it needs zlib is fast up to the end. */
#define ROOM_MORE ((size_t)272)

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static int damaged(void)
{
	return gm_error(GM_EMISMATCH, "an entry of its pack is damaged");
}

/* Three bits of type and four of the size, then seven bits of the size in a byte. */
static bool read_type_size(unsigned *type_out, uint64_t *size_out, struct cursor *in)
{
	if (in->at == in->end)
		return false;
	uint8_t byte = *in->at++;
	*type_out = byte >> 4 & 7;
	*size_out = byte & 15;
	for (unsigned shift = 4; byte & 0x80; shift += 7) {
		if (in->at == in->end || shift > 56)
			return false;
		byte = *in->at++;
		*size_out |= (uint64_t)(byte & 0x7f) << shift;
	}
	return true;
}

/* How far back the base is: the highest bits first, one added at each further byte. */
static bool read_distance(uint64_t *out, struct cursor *in)
{
	uint64_t value = 0;
	uint8_t byte;

	do {
		if (in->at == in->end || value >= UINT64_C(1) << 55)
			return false;
		byte = *in->at++;
		value = (value << 7) | (byte & 0x7f);
		if (byte & 0x80)
			value++;
	} while (byte & 0x80);
	*out = value;
	return true;
}

static bool read_base(struct gm_pack_entry *entry, struct cursor *in, uint64_t offset)
{
	uint64_t distance;

	if (entry->kind == GM_PACK_ENTRY_WHOLE)
		return true;
	if (entry->kind == GM_PACK_ENTRY_REF_DELTA) {
		if (in->end - in->at < GM_OID_SIZE)
			return false;
		memcpy(entry->base.bytes, in->at, GM_OID_SIZE);
		in->at += GM_OID_SIZE;
		return true;
	}
	if (!read_distance(&distance, in) || !distance || distance > offset)
		return false;
	entry->base_offset = offset - distance;
	return true;
}

int gm_pack_entry_parse(
	struct gm_pack_entry *out, const uint8_t *pack, uint64_t end, uint64_t offset)
{
	struct gm_pack_entry entry = {.kind = GM_PACK_ENTRY_WHOLE};
	unsigned type;
	uint64_t size;

	if (offset < GM_PACK_HEADER_SIZE || offset >= end)
		return gm_error(GM_EMISMATCH, "its place is outside its pack");
	struct cursor in = {pack + offset, pack + end};
	if (!read_type_size(&type, &size, &in))
		return damaged();
	if (type == OFS_DELTA)
		entry.kind = GM_PACK_ENTRY_OFS_DELTA;
	else if (type == REF_DELTA)
		entry.kind = GM_PACK_ENTRY_REF_DELTA;
	else if (type >= GM_OBJECT_COMMIT && type <= GM_OBJECT_TAG)
		entry.type = (enum gm_object_type)type;
	else
		return damaged();
	if (!read_base(&entry, &in, offset))
		return damaged();
	entry.data = in.at;
	entry.data_max = (size_t)(in.end - in.at);
	if (gm_inflate_impossible((size_t)size, entry.data_max))
		return gm_error(GM_EMISMATCH, "it is smaller than it says");
	if (size > GM_OBJECT_MAX_SIZE)
		return gm_error(
			GM_ETOOBIG, "it is larger than %zu bytes", GM_OBJECT_MAX_SIZE);
	entry.size = (size_t)size;
	*out = entry;
	return 0;
}

int gm_pack_entry_inflate(
	struct gm_buf *out, struct gm_inflate *inflate, const struct gm_pack_entry *entry)
{
	bool fits = out->max >= ROOM_MORE && entry->size <= out->max - ROOM_MORE;

	gm_buf_reset(out);
	int rc = gm_buf_reserve(out, fits ? entry->size + ROOM_MORE : entry->size);
	if (rc < 0)
		return rc;
	rc = gm_inflate_start(inflate, entry->data, entry->data_max);
	if (rc == 0)
		rc = gm_inflate_rest_within(inflate, out->ptr, entry->size,
			entry->size + (fits ? ROOM_MORE : 1));
	out->size = rc < 0 ? 0 : entry->size;
	out->ptr[out->size] = '\0';
	return rc;
}

static size_t put_type_size(uint8_t *out, unsigned type, size_t size)
{
	size_t n = 0;

	out[n] = (uint8_t)(type << 4 | (size & 15));
	for (size >>= 4; size; size >>= 7) {
		out[n++] |= 0x80;
		out[n] = (uint8_t)(size & 0x7f);
	}
	return n + 1;
}

size_t gm_pack_entry_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], enum gm_object_type type, size_t size)
{
	return put_type_size(out, (unsigned)type, size);
}

size_t gm_pack_entry_delta_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], size_t size, uint64_t distance)
{
	size_t used = put_type_size(out, OFS_DELTA, size);
	uint8_t bytes[10];
	size_t n = sizeof(bytes);

	bytes[--n] = distance & 0x7f;
	while (distance >>= 7)
		bytes[--n] = (uint8_t)(0x80 | (--distance & 0x7f));
	memcpy(out + used, bytes + n, sizeof(bytes) - n);
	return used + sizeof(bytes) - n;
}

size_t gm_pack_entry_ref_delta_header(
	uint8_t out[GM_PACK_ENTRY_HEADER_MAX], size_t size, const struct gm_oid *base)
{
	size_t used = put_type_size(out, REF_DELTA, size);

	memcpy(out + used, base->bytes, GM_OID_SIZE);
	return used + GM_OID_SIZE;
}
