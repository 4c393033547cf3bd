#include "objstore/pack_write.h"

#include "objstore/pack_index.h"
#include "tests/unit/objstore/git_repo.h"

/* An index over made-up records, in memory. */
static void make_index(struct gm_buf *out, const struct gm_pack_record *records, size_t n)
{
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "idx");
	FILE *file = fopen(path, "we");
	const uint8_t checksum[GM_SHA1_SIZE] = {1, 2, 3};

	assert_non_null(file);
	must(gm_pack_index_write(fileno(file), "idx", records, n, checksum));
	assert_int_equal(fclose(file), 0);
	gm_buf_reset(out);
	must(gm_file_read(out, path));
	scratch_remove(dir);
}

static void offsets_of_any_size_come_back(void **state)
{
	static const uint64_t offsets[] = {12, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(0x100000000), UINT64_C(0x123456789abcd)};
	enum { N = sizeof(offsets) / sizeof(*offsets) };
	struct gm_pack_record records[N];
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_pack_index index;
	uint32_t at;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		memset(&records[i], 0, sizeof(records[i]));
		records[i].oid.bytes[0] = (uint8_t)(i * 40);
		records[i].oid.bytes[19] = 7;
		records[i].offset = offsets[i];
		records[i].crc = (uint32_t)(i * 0x1234567);
	}
	make_index(&bytes, records, N);
	must(gm_pack_index_init(&index, bytes.ptr, bytes.size));
	assert_int_equal(index.n, N);
	assert_int_equal(index.n_large, 4);
	for (size_t i = 0; i < N; i++) {
		uint64_t offset;
		assert_true(gm_pack_index_find(&at, &index, &records[i].oid));
		assert_int_equal(at, i);
		must(gm_pack_index_offset(&offset, &index, at));
		assert_true(offset == offsets[i]);
		assert_int_equal(gm_pack_index_crc(&index, at), records[i].crc);
		records[i].oid.bytes[19]++;
		assert_false(gm_pack_index_find(&at, &index, &records[i].oid));
		assert_int_equal(
			gm_pack_index_lower_bound(&index, &records[i].oid), i + 1);
	}
	assert_int_equal(gm_pack_index_pack_checksum(&index)[2], 3);
}

static void an_index_of_nothing_is_an_index(void **state)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_pack_index index;
	uint32_t at;

	(void)state;
	make_index(&bytes, NULL, 0);
	must(gm_pack_index_init(&index, bytes.ptr, bytes.size));
	assert_int_equal(index.n, 0);
	assert_false(gm_pack_index_find(&at, &index, &gm_oid_empty_tree));
}

static void a_large_offset_that_is_missing_is_an_error(void **state)
{
	struct gm_pack_record record = {.oid = gm_oid_empty_tree, .offset = 0x80000000};
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_pack_index index;
	uint64_t offset;

	(void)state;
	make_index(&bytes, &record, 1);
	bytes.ptr[8 + 1024 + 20 + 4 + 3] = 1; /* the second of one */
	must(gm_pack_index_init(&index, bytes.ptr, bytes.size));
	assert_int_equal(gm_pack_index_offset(&offset, &index, 0), GM_EMISMATCH);
}

static void a_version_we_do_not_know_is_refused(void **state)
{
	struct gm_pack_record record = {.oid = gm_oid_empty_tree, .offset = 12};
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_pack_index index;

	(void)state;
	make_index(&bytes, &record, 1);
	bytes.ptr[7] = 3;
	assert_int_equal(gm_pack_index_init(&index, bytes.ptr, bytes.size), GM_EINVALID);
}

/* git makes the same index, byte for byte, from the pack alone. */
static void pack_and_index_are_those_of_git(void **state)
{
	char *dir = scratch_new();
	struct gm_pack_writer *writer;
	gm_autobuf data = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_inflate inflate = {.ready = false};
	enum gm_object_type type;
	struct gm_oid oid;
	char text[64];

	(void)state;
	must(gm_pack_writer_open(&writer, dir));
	for (int i = 0; i < 5000; i++) {
		int n = snprintf(text, sizeof(text), "%d", i * i);
		gm_object_hash(&oid, GM_OBJECT_BLOB, text, (size_t)n);
		must(gm_pack_writer_add(writer, &oid, GM_OBJECT_BLOB, text, (size_t)n));
		if (i % 500)
			continue;
		must(gm_pack_writer_read(&data, &type, writer, &inflate, (size_t)i / 2));
		(void)snprintf(text, sizeof(text), "%d", i / 2 * (i / 2));
		assert_string_equal(gm_buf_str(&data), text);
	}
	assert_int_equal(gm_pack_writer_n(writer), 5000);
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	must(gm_pack_writer_finish(&keep, writer));
	gm_pack_keep_release(&keep);
	gm_pack_writer_free(writer);
	gm_inflate_dispose(&inflate);
	assert_int_equal(
		shell(NULL, dir,
			"test $(ls pack | wc -l) = 2 && git index-pack -o git.idx "
			"pack/*.pack && cmp git.idx pack/*.idx"),
		0);
	scratch_remove(dir);
}

static void a_pack_that_is_dropped_leaves_nothing(void **state)
{
	char *dir = scratch_new();
	struct gm_pack_writer *writer;

	(void)state;
	must(gm_pack_writer_open(&writer, dir));
	must(gm_pack_writer_add(writer, &gm_oid_empty_tree, GM_OBJECT_TREE, NULL, 0));
	gm_pack_writer_free(writer);
	assert_int_equal(shell(NULL, dir, "test -d pack && test -z \"$(ls pack)\""), 0);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_of_any_size_come_back),
		cmocka_unit_test(an_index_of_nothing_is_an_index),
		cmocka_unit_test(a_large_offset_that_is_missing_is_an_error),
		cmocka_unit_test(a_version_we_do_not_know_is_refused),
		cmocka_unit_test(pack_and_index_are_those_of_git),
		cmocka_unit_test(a_pack_that_is_dropped_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
