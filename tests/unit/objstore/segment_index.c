#include <string.h>

#include "tests/unit/support.h"

#include "base/file.h"
#include "objstore/segment_index.h"

#define N 1000

/* Entries in no order, every tenth without a SHA-256 name, some twice. */
static size_t make_entries(struct gm_index_entry *entries)
{
	size_t n = 0;

	for (unsigned i = 0; i < N; i++) {
		struct gm_index_entry *entry = &entries[n++];
		gm_object_hash(&entry->oid, GM_OBJECT_BLOB, &i, sizeof(i));
		memset(entry->sha256, 0, GM_SHA256_SIZE);
		if (i % 10)
			gm_object_hash_sha256(
				entry->sha256, GM_OBJECT_BLOB, &i, sizeof(i));
		entry->place = gm_place(i % 7 + 1, 32 + i);
		if (i % 50 == 0) {
			entries[n] = *entry;
			entries[n++].place = gm_place(9, 32 + i);
		}
	}
	return n;
}

static struct gm_segment_index *make_index(const char *dir)
{
	static struct gm_index_entry entries[2 * N];
	size_t n = make_entries(entries);
	struct gm_segment_index *index;

	must(gm_segment_index_write(dir, "idx-00000001", entries, &n, NULL));
	assert_int_equal(n, N);
	must(gm_segment_index_open(&index, dir, "idx-00000001"));
	return index;
}

static void entries_are_found_by_both_names(void **state)
{
	char *dir = scratch_new();
	struct gm_segment_index *index = make_index(dir);

	(void)state;
	must(gm_segment_index_check(index));
	for (unsigned i = 0; i < N; i++) {
		struct gm_index_entry entry;
		uint8_t sha256[GM_SHA256_SIZE];
		struct gm_oid oid;
		uint32_t at;
		gm_object_hash(&oid, GM_OBJECT_BLOB, &i, sizeof(i));
		assert_true(gm_segment_index_find(&at, index, &oid));
		gm_segment_index_entry(&entry, index, at);
		assert_int_equal(gm_place_offset(entry.place), 32 + i);
		assert_int_equal(gm_place_segment(entry.place), i % 50 ? i % 7 + 1 : 9);
		gm_object_hash_sha256(sha256, GM_OBJECT_BLOB, &i, sizeof(i));
		uint32_t rank = gm_segment_index_sha256_lower_bound(index, sha256);
		if (i % 10)
			assert_int_equal(gm_segment_index_by_sha256(index, rank), at);
		oid.bytes[19] ^= 1;
		assert_false(gm_segment_index_find(&at, index, &oid));
	}
	gm_segment_index_free(index);
	scratch_remove(dir);
}

static void an_index_of_nothing_is_fine(void **state)
{
	char *dir = scratch_new();
	struct gm_segment_index *index;
	size_t n = 0;
	uint32_t at;

	(void)state;
	must(gm_segment_index_write(dir, "idx-00000001", NULL, &n, NULL));
	must(gm_segment_index_open(&index, dir, "idx-00000001"));
	assert_false(gm_segment_index_find(&at, index, &gm_oid_empty_tree));
	must(gm_segment_index_check(index));
	gm_segment_index_free(index);
	scratch_remove(dir);
}

static void names_are_checked_by_their_first_byte(void **state)
{
	char *dir = scratch_new();
	struct gm_segment_index *index;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	gm_segment_index_free(make_index(dir));
	scratch_read(&bytes, dir, "idx-00000001");
	size_t last = GM_INDEX_HEADER_SIZE + GM_INDEX_TABLE_SIZE + (N - 1) * GM_OID_SIZE;
	unsigned byte = (unsigned char)bytes.ptr[last];
	bytes.ptr[last + 7] ^= 1;
	scratch_write(dir, "idx-00000001", bytes.ptr, bytes.size);
	must(gm_segment_index_open(&index, dir, "idx-00000001"));
	assert_true(byte > 0);
	must(gm_segment_index_check_names(index, 0, byte - 1));
	must(gm_segment_index_check_names(index, 0, byte - 1));
	assert_int_equal(gm_segment_index_check_names(index, byte, byte), GM_EMISMATCH);
	assert_int_equal(gm_segment_index_check_names(index, byte, 255), GM_EMISMATCH);
	gm_segment_index_free(index);
	scratch_remove(dir);
}

/* The tables of a damaged file lead nowhere they must not. */
static void damage_is_seen_by_the_check_and_read_within_bounds(void **state)
{
	char *dir = scratch_new();
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	gm_segment_index_free(make_index(dir));
	scratch_read(&bytes, dir, "idx-00000001");
	for (size_t at = 0; at < bytes.size; at += at < 2200 ? 3 : 501) {
		struct gm_segment_index *index;
		bytes.ptr[at] ^= (char)0x81;
		scratch_write(dir, "idx-00000001", bytes.ptr, bytes.size);
		bytes.ptr[at] ^= (char)0x81;
		if (gm_segment_index_open(&index, dir, "idx-00000001") < 0)
			continue;
		bool in_names = at >= GM_INDEX_HEADER_SIZE &&
			at < GM_INDEX_HEADER_SIZE + GM_INDEX_TABLE_SIZE + N * GM_OID_SIZE;
		assert_int_equal(gm_segment_index_check_names(index, 0, 255),
			in_names ? GM_EMISMATCH : 0);
		assert_int_equal(gm_segment_index_check(index), GM_EMISMATCH);
		for (unsigned i = 0; i < N; i += 9) {
			uint32_t found;
			struct gm_oid oid;
			gm_object_hash(&oid, GM_OBJECT_BLOB, &i, sizeof(i));
			(void)gm_segment_index_find(&found, index, &oid);
			assert_true(gm_segment_index_by_sha256(index, i) < N);
		}
		gm_segment_index_free(index);
	}
	scratch_remove(dir);
}

static void one_that_is_cut_or_missing_is_told_apart(void **state)
{
	char *dir = scratch_new();
	struct gm_segment_index *index;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	gm_segment_index_free(make_index(dir));
	scratch_read(&bytes, dir, "idx-00000001");
	scratch_write(dir, "idx-00000001", bytes.ptr, 500);
	assert_int_equal(
		gm_segment_index_open(&index, dir, "idx-00000001"), GM_EMISMATCH);
	assert_int_equal(
		gm_segment_index_open(&index, dir, "idx-00000002"), GM_ENOTFOUND);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_found_by_both_names),
		cmocka_unit_test(an_index_of_nothing_is_fine),
		cmocka_unit_test(names_are_checked_by_their_first_byte),
		cmocka_unit_test(damage_is_seen_by_the_check_and_read_within_bounds),
		cmocka_unit_test(one_that_is_cut_or_missing_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
