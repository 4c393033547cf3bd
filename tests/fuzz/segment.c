/*
 * The records of a segment: walked through as fsck and a repair do, and what looks like a
 * group end is checked.
 */
#include "objstore/segment.h"
#include "objstore/segment_flip.h"

#define ID 0x0123456789abcdefu

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const uint8_t *data;
	size_t size;
	size_t end;
};

static int see_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct seen *seen = payload;

	/* Records lie one behind the other, and inside. */
	if (offset < seen->end || record->size > seen->size - offset ||
		record->stored_size > record->size)
		__builtin_trap();
	seen->end = (size_t)offset + record->size;
	if (gm_group_end_check(record, seen->data + offset, (size_t)offset) > offset)
		__builtin_trap();
	return 0;
}

static int see_damage(uint64_t from, uint64_t to, void *payload)
{
	struct seen *seen = payload;
	size_t at;
	size_t next;

	if (from < seen->end || to <= from || to > seen->size)
		__builtin_trap();
	if (gm_segment_flipped_group(
		    &at, &next, seen->data, seen->end / 2, seen->size, ID) > 0 &&
		next > seen->size)
		__builtin_trap();
	(void)gm_record_damaged_class(seen->data + from, (size_t)(to - from), ID, from);
	seen->end = (size_t)to;
	return 0;
}

/* Checksums would keep the fuzzer out: give each record the right one, as far as they go. */
static void stamp(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t record = gm_record_extent(bytes + at, size - at);
		if (!record)
			return;
		gm_record_stamp(bytes + at, record, ID, at);
		at += record;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {data, size, 0};
	const struct gm_segment_walk walk = {see_record, see_damage, &seen};
	uint64_t id;
	uint64_t number;

	(void)gm_segment_header_parse(&id, &number, data, size, "fuzz");
	(void)gm_segment_walk(data, 0, size, ID, &walk);
	uint8_t *copy = gm_malloc(size + 1);
	if (!copy)
		return 0;
	for (size_t i = 0; i < size; i++)
		copy[i] = data[i];
	stamp(copy, size);
	seen = (struct seen){copy, size, 0};
	(void)gm_segment_walk(copy, 0, size, ID, &walk);
	gm_free(copy);
	return 0;
}
