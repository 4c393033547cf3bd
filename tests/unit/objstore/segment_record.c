#include <string.h>

#include "tests/unit/support.h"

#include "objstore/segment_record.h"

#define ID UINT64_C(0x1122334455667788)
#define OFFSET 4711

static void varints_of_all_sizes_are_read_back(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		for (int less = 0; less < 2; less++) {
			gm_autobuf bytes = GM_BUF_INIT(16);
			uint64_t value = (UINT64_C(1) << shift) - (uint64_t)less;
			uint64_t back;
			must(gm_varint_put(&bytes, value));
			const uint8_t *at = (const uint8_t *)bytes.ptr;
			assert_true(gm_varint_get(&back, &at, at + bytes.size));
			assert_true(back == value);
			assert_ptr_equal(at, bytes.ptr + bytes.size);
			at = (const uint8_t *)bytes.ptr;
			assert_false(gm_varint_get(&back, &at, at + bytes.size - 1));
		}
	}
}

static void varints_that_are_not_canonical_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {{"\x80\x00", 2}, {"\xff\x80\x00", 3},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11}};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const uint8_t *at = (const uint8_t *)bad[i].bytes;
		assert_false(gm_varint_get(&value, &at, at + bad[i].size));
	}
}

/* A record with all fields. */
static void make_full(struct gm_buf *out)
{
	static const uint8_t oid[GM_OID_SIZE] = {1, 2, 3};
	static const uint8_t base[GM_OID_SIZE] = {4, 5, 6};
	static const uint8_t sha256[GM_SHA256_SIZE] = {7, 8, 9};
	const struct gm_record record = {.class = GM_OBJECT_TREE,
		.encoding = GM_ENCODING_PREFIX,
		.raw_size = 300,
		.stored_size = 5,
		.oid = oid,
		.base = base,
		.sha256 = sha256,
		.payload = (const uint8_t *)"12345"};

	must(gm_record_put(out, &record));
	gm_record_stamp((uint8_t *)out->ptr, out->size, ID, OFFSET);
}

static void a_record_with_all_fields_is_read_back(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(200);
	struct gm_record record;

	(void)state;
	make_full(&bytes);
	must(gm_record_parse(&record, (uint8_t *)bytes.ptr, bytes.size, ID, OFFSET));
	assert_int_equal(record.class, GM_OBJECT_TREE);
	assert_int_equal(record.encoding, GM_ENCODING_PREFIX);
	assert_int_equal(record.raw_size, 300);
	assert_int_equal(record.size, bytes.size);
	assert_int_equal(record.oid[2], 3);
	assert_int_equal(record.base[2], 6);
	assert_int_equal(record.sha256[2], 9);
	assert_memory_equal(record.payload, "12345", 5);
	assert_int_equal(gm_record_extent((uint8_t *)bytes.ptr, bytes.size), bytes.size);
}

static void a_record_elsewhere_is_not_valid(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(200);
	struct gm_record record;

	(void)state;
	make_full(&bytes);
	const uint8_t *at = (const uint8_t *)bytes.ptr;
	assert_int_equal(
		gm_record_parse(&record, at, bytes.size, ID, OFFSET + 1), GM_EMISMATCH);
	assert_int_equal(
		gm_record_parse(&record, at, bytes.size, ID + 1, OFFSET), GM_EMISMATCH);
}

static void each_flipped_bit_and_each_missing_byte_of_a_record_is_seen(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(200);
	struct gm_record record;

	(void)state;
	make_full(&bytes);
	for (size_t i = 0; i < bytes.size * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(gm_record_parse(&record, (uint8_t *)bytes.ptr,
					 bytes.size, ID, OFFSET),
			GM_EMISMATCH);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t size = 0; size < bytes.size; size++)
		assert_int_equal(
			gm_record_parse(&record, (uint8_t *)bytes.ptr, size, ID, OFFSET),
			GM_EMISMATCH);
}

static void what_a_newer_gitmem_wrote_is_named(void **state)
{
	static const unsigned kinds[][2] = {
		{0, 0}, {5, 0}, {11, 0}, {15, 0}, {3, 4}, {3, 7}};
	static const uint8_t oid[GM_OID_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		gm_autobuf bytes = GM_BUF_INIT(200);
		struct gm_record record = {.class = kinds[i][0],
			.encoding = kinds[i][1],
			.oid = kinds[i][0] < 8 ? oid : NULL};
		must(gm_record_put(&bytes, &record));
		gm_record_stamp((uint8_t *)bytes.ptr, bytes.size, ID, OFFSET);
		assert_int_equal(gm_record_parse(&record, (uint8_t *)bytes.ptr,
					 bytes.size, ID, OFFSET),
			GM_EINVALID);
		assert_non_null(strstr(gm_error_last()->message, "newer gitmem"));
	}
}

static void a_header_is_read_back_and_a_damaged_one_is_not(void **state)
{
	uint8_t header[GM_SEGMENT_HEADER_SIZE];
	uint64_t id;
	uint64_t number;

	(void)state;
	gm_segment_header_put(header, ID, 7);
	must(gm_segment_header_parse(&id, &number, header, sizeof(header), "x"));
	assert_true(id == ID && number == 7);
	for (size_t i = 0; i < sizeof(header) * 8; i++) {
		header[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(gm_segment_header_parse(
					 &id, &number, header, sizeof(header), "x"),
			GM_EMISMATCH);
		header[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void a_group_end_vouches_for_its_group_only(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(100);
	struct gm_record record;

	(void)state;
	must(gm_buf_puts(&bytes, "the records"));
	must(gm_group_end_put(&bytes, "the records", 11, ID, OFFSET + 11));
	const uint8_t *at = (const uint8_t *)bytes.ptr + 11;
	must(gm_record_parse(&record, at, bytes.size - 11, ID, OFFSET + 11));
	assert_int_equal(gm_group_end_check(&record, at, 11), 11);
	assert_int_equal(gm_group_end_check(&record, at, 10), 0);
	bytes.ptr[4] ^= 1;
	assert_int_equal(gm_group_end_check(&record, at, 11), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_of_all_sizes_are_read_back),
		cmocka_unit_test(varints_that_are_not_canonical_are_refused),
		cmocka_unit_test(a_record_with_all_fields_is_read_back),
		cmocka_unit_test(a_record_elsewhere_is_not_valid),
		cmocka_unit_test(
			each_flipped_bit_and_each_missing_byte_of_a_record_is_seen),
		cmocka_unit_test(what_a_newer_gitmem_wrote_is_named),
		cmocka_unit_test(a_header_is_read_back_and_a_damaged_one_is_not),
		cmocka_unit_test(a_group_end_vouches_for_its_group_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
