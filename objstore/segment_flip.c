#include "objstore/segment_flip.h"

#include <string.h>

/* Of a record: its checksum, class and sizes stand in front of this. */
#define FRONT ((size_t)16)

/* Of larger ones this is not tried out. */
#define TRIED_MAX ((size_t)1 << 20)

static bool is_off_by_a_bit(const uint8_t *a, const uint8_t *b, size_t size)
{
	unsigned n = 0;

	for (size_t i = 0; i < size && n < 2; i++)
		for (unsigned rest = a[i] ^ b[i]; rest; rest &= rest - 1)
			n++;
	return n == 1;
}

bool gm_segment_header_flipped(
	const uint8_t *bytes, size_t size, uint64_t id, uint64_t number)
{
	uint8_t expected[GM_SEGMENT_HEADER_SIZE];

	gm_segment_header_put(expected, id, number);
	return size >= sizeof(expected) &&
		is_off_by_a_bit(bytes, expected, sizeof(expected));
}

int gm_segment_flipped_group(size_t *at_out, size_t *next_out, const uint8_t *bytes,
	size_t from, size_t to, uint64_t id)
{
	gm_autobuf end = GM_BUF_INIT(64);
	struct gm_record record;
	size_t at = from;

	while (at < to && gm_record_parse(&record, bytes + at, to - at, id, at) == 0 &&
		record.class != GM_RECORD_GROUP_END)
		at += record.size;
	if (at == from || at >= to)
		return 0;
	int rc = gm_group_end_put(&end, bytes + from, at - from, id, at);
	if (rc < 0)
		return rc;
	if (end.size > to - at ||
		!is_off_by_a_bit(bytes + at, (const uint8_t *)end.ptr, end.size))
		return 0;
	*at_out = at;
	*next_out = at + end.size;
	return 1;
}

/* The class of the record that it is when one bit in its front is flipped back; 0 if none. */
static int try_flips(uint8_t *bytes, size_t size, uint64_t id, uint64_t offset)
{
	size_t n = size < FRONT ? size : FRONT;
	struct gm_record record;

	for (size_t bit = 0; bit < n * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (gm_record_parse(&record, bytes, size, id, offset) == 0 &&
			record.size == size)
			return (int)record.class;
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	return 0;
}

int gm_record_damaged_class(
	const uint8_t *bytes, size_t size, uint64_t id, uint64_t offset)
{
	if (size <= TRIED_MAX) {
		gm_autofree uint8_t *copy = gm_malloc(size);
		if (!copy)
			return GM_ENOMEM;
		memcpy(copy, bytes, size);
		int class = try_flips(copy, size, id, offset);
		if (class)
			return class;
	}
	/* Its front is as it was, if it fits what follows. */
	return size > 4 && gm_record_extent(bytes, size) == size ? bytes[4] & 15 : 0;
}
