#include "objstore/object.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

static void type_names_go_both_ways(void **state)
{
	static const char *const names[] = {"commit", "tree", "blob", "tag"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		enum gm_object_type type =
			gm_object_type_parse(names[i], strlen(names[i]));
		assert_int_equal(type, i + 1);
		assert_string_equal(gm_object_type_name(type), names[i]);
	}
	assert_int_equal(gm_object_type_parse("blobs", 5), GM_OBJECT_NONE);
	assert_int_equal(gm_object_type_parse("blobs", 3), GM_OBJECT_NONE);
	assert_int_equal(gm_object_type_parse("none", 4), GM_OBJECT_NONE);
	assert_int_equal(gm_object_type_parse("", 0), GM_OBJECT_NONE);
}

static void a_header_counts_its_nul(void **state)
{
	char header[GM_OBJECT_HEADER_MAX];

	(void)state;
	assert_int_equal(gm_object_header(header, GM_OBJECT_BLOB, 0), 7);
	assert_memory_equal(header, "blob 0", 7);
	assert_int_equal(
		gm_object_header(header, GM_OBJECT_COMMIT, GM_OBJECT_MAX_SIZE), 18);
	assert_memory_equal(header, "commit 1073741824", 18);
}

static void names_are_those_of_git(void **state)
{
	char *dir = scratch_new();
	gm_autobuf said = GM_BUF_INIT(GM_BUF_PATH);
	const char *text = "a memory\n";
	char hex[2 * GM_SHA256_SIZE + 1];
	uint8_t sha256[GM_SHA256_SIZE];
	struct gm_oid oid;

	(void)state;
	scratch_write(dir, "text", text, strlen(text));
	gm_object_hash(&oid, GM_OBJECT_BLOB, text, strlen(text));
	gm_oid_format(hex, &oid);
	assert_int_equal(shell(&said, dir, "git hash-object text"), 0);
	assert_memory_equal(gm_buf_str(&said), hex, 40);

	gm_object_hash_sha256(sha256, GM_OBJECT_BLOB, text, strlen(text));
	for (size_t i = 0; i < sizeof(sha256); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
	assert_int_equal(shell(&said, dir,
				 "git init -q --object-format=sha256 r && cd r && "
				 "git hash-object ../text"),
		0);
	assert_memory_equal(gm_buf_str(&said), hex, 64);
	scratch_remove(dir);
}

static void the_type_is_part_of_the_name(void **state)
{
	struct gm_oid blob;
	struct gm_oid tree;

	(void)state;
	gm_object_hash(&blob, GM_OBJECT_BLOB, "", 0);
	gm_object_hash(&tree, GM_OBJECT_TREE, "", 0);
	assert_true(gm_oid_equal(&tree, &gm_oid_empty_tree));
	assert_false(gm_oid_equal(&tree, &blob));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(type_names_go_both_ways),
		cmocka_unit_test(a_header_counts_its_nul),
		cmocka_unit_test(names_are_those_of_git),
		cmocka_unit_test(the_type_is_part_of_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
