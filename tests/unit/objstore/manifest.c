#include <string.h>

#include "tests/unit/support.h"

#include "objstore/crc32c.h"
#include "objstore/manifest.h"

static void fill(struct gm_manifest *manifest)
{
	const struct gm_manifest_index index = {"idx-00000003", 1, 3, 42};
	const struct gm_manifest_dictionary dictionary = {
		7, "dict-0123456789abcdef", GM_OBJECT_BLOB, 0xdeadbeef};

	manifest->generation = 12;
	manifest->active = 4;
	manifest->active_id = UINT64_MAX;
	strcpy(manifest->refs, "refs-00000003");
	must(gm_manifest_add_segment(manifest, 3, 33, 300));
	must(gm_manifest_add_segment(manifest, 1, 11, 100));
	must(gm_manifest_add_index(manifest, &index));
	must(gm_manifest_add_dictionary(manifest, &dictionary));
	must(gm_manifest_add_log(manifest, "log-00000003"));
}

static void a_manifest_is_read_back(void **state)
{
	gm_automanifest from = {.generation = 0};
	gm_automanifest to = {.generation = 0};

	(void)state;
	fill(&from);
	must(gm_manifest_copy(&to, &from));
	assert_int_equal(to.generation, 12);
	assert_int_equal(to.active, 4);
	assert_true(to.active_id == UINT64_MAX);
	assert_int_equal(to.n_segments, 2);
	assert_int_equal(to.segments[0].number, 1);
	assert_int_equal(gm_manifest_segment(&to, 3)->size, 300);
	assert_null(gm_manifest_segment(&to, 2));
	assert_string_equal(to.indexes[0].file, "idx-00000003");
	assert_int_equal(to.indexes[0].n, 42);
	assert_int_equal(to.dictionaries[0].slot, 7);
	assert_int_equal(to.dictionaries[0].crc, 0xdeadbeef);
	assert_string_equal(to.refs, "refs-00000003");
	assert_string_equal(to.logs[0], "log-00000003");
}

static void each_flipped_bit_and_each_cut_is_seen(void **state)
{
	gm_automanifest from = {.generation = 0};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	fill(&from);
	must(gm_manifest_format(&text, &from));
	for (size_t i = 0; i < text.size * 8; i++) {
		gm_automanifest to = {.generation = 0};
		text.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(
			gm_manifest_parse(&to, text.ptr, text.size), GM_EMISMATCH);
		text.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t size = 0; size < text.size; size++) {
		gm_automanifest to = {.generation = 0};
		assert_int_equal(gm_manifest_parse(&to, text.ptr, size), GM_EMISMATCH);
	}
}

/* Parse lines behind a right head, with a right checksum. */
static int parse_lines(const char *head, const char *lines)
{
	gm_automanifest to = {.generation = 0};
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_buf_printf(&text, "%s\n%s", head, lines));
	must(gm_buf_printf(&text, "crc %08x\n", gm_crc32c(0, text.ptr, text.size)));
	return gm_manifest_parse(&to, text.ptr, text.size);
}

static void what_a_newer_gitmem_wrote_is_named(void **state)
{
	(void)state;
	must(parse_lines(
		"gitmem-store 1", "generation 1\nactive 1 00\nx-note anything\n"));
	assert_int_equal(parse_lines("gitmem-store 2", ""), GM_EINVALID);
	assert_int_equal(parse_lines("gitmem-store 1", "shard 1\n"), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "newer gitmem"));
}

static void names_that_lead_elsewhere_and_wrong_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"index ../../x 1-1 1\n", "refs a/b\n",
		"log .\n", "dict 255 dict-0 blob 0\n", "dict 1 dict-0 what 0\n",
		"segment 16777216 1 1\n", "segment 1 1 -1\n",
		"segment 1 1 9\nsegment 1 1 9\n", "segment 1 1\n", "index idx-1 11 1\n",
		"\n", "active 1\n", "generation x\n", "generation 1 2 3 4 5 6 7 8\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse_lines("gitmem-store 1", bad[i]), GM_EMISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_is_read_back),
		cmocka_unit_test(each_flipped_bit_and_each_cut_is_seen),
		cmocka_unit_test(what_a_newer_gitmem_wrote_is_named),
		cmocka_unit_test(names_that_lead_elsewhere_and_wrong_numbers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
