#include "dag/packed_refs.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#define ID "0123456789abcdef0123456789abcdef01234567"
#define SORTED "# pack-refs with: peeled fully-peeled sorted \n"

static void set(struct gm_packed_refs *out, const char *text)
{
	gm_packed_refs_set(out, text, strlen(text));
}

static int find(const char *text, const char *name)
{
	struct gm_packed_refs packed;
	struct gm_oid oid;

	set(&packed, text);
	return gm_packed_refs_find(&oid, &packed, name);
}

static void refs_are_found_by_name(void **state)
{
	static const char *const heads[] = {SORTED, "# pack-refs with: peeled \n", ""};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		gm_autofree char *text =
			gm_format("%s" ID " refs/heads/a\n" ID " refs/heads/ab\n" ID
				  " refs/heads/b\n" ID " refs/tags/v1\n^" ID "\n" ID
				  " refs/tags/v2\n^" ID "\n",
				heads[i]);
		assert_int_equal(find(text, "refs/heads/a"), 1);
		assert_int_equal(find(text, "refs/heads/ab"), 1);
		assert_int_equal(find(text, "refs/heads/b"), 1);
		assert_int_equal(find(text, "refs/tags/v1"), 1);
		assert_int_equal(find(text, "refs/tags/v2"), 1);
		assert_int_equal(find(text, "refs/heads/"), 0);
		assert_int_equal(find(text, "refs/heads/aa"), 0);
		assert_int_equal(find(text, "refs/heads/abc"), 0);
		assert_int_equal(find(text, "refs/tags/v3"), 0);
		assert_int_equal(find(text, "a"), 0);
		assert_int_equal(find(text, "z"), 0);
	}
	assert_int_equal(find("", "refs/heads/a"), 0);
	assert_int_equal(find(SORTED, "refs/heads/a"), 0);
}

static void an_unsorted_file_is_searched_from_the_start(void **state)
{
	static const char text[] =
		ID " refs/heads/z\n" ID " refs/heads/a\n" ID " refs/heads/m\n";

	(void)state;
	assert_int_equal(find(text, "refs/heads/z"), 1);
	assert_int_equal(find(text, "refs/heads/a"), 1);
	assert_int_equal(find(text, "refs/heads/m"), 1);
	assert_int_equal(find(text, "refs/heads/q"), 0);
}

static void names_below_a_folder_are_seen(void **state)
{
	struct gm_packed_refs packed;

	(void)state;
	set(&packed,
		SORTED ID " refs/heads/a-b\n" ID " refs/heads/a/b\n" ID
			  " refs/heads/ab\n");
	assert_int_equal(gm_packed_refs_has(&packed, "refs/heads/a/"), 1);
	assert_int_equal(gm_packed_refs_has(&packed, "refs/heads/ab/"), 0);
	assert_int_equal(gm_packed_refs_has(&packed, "refs/heads/a/b/"), 0);
	set(&packed, ID " refs/heads/x\n" ID " refs/heads/a/b\n");
	assert_int_equal(gm_packed_refs_has(&packed, "refs/heads/a/"), 1);
	assert_int_equal(gm_packed_refs_has(&packed, "refs/heads/x/"), 0);
}

static void garbage_is_refused_with_its_place(void **state)
{
	static const char *const bad[] = {"garbage", "garbage\n", "\n", ID "\n", ID " \n",
		ID " refs/heads/a", "0123 refs/heads/a\n", ID "\trefs/heads/a\n",
		"^" ID "\n", ID " refs/heads/a\n^" ID, ID " refs/heads/a\n^0123\n",
		ID " refs/heads/a\n^" ID "0\n", ID " refs/heads/a\n\n",
		"x" ID " refs/heads/a\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		gm_autofree char *sorted = gm_format("%s%s", SORTED, bad[i]);
		if (find(bad[i], "refs/heads/none") != GM_EMISMATCH ||
			find(sorted, "refs/heads/none") != GM_EMISMATCH)
			fail_msg("case %zu passed", i);
		assert_non_null(strstr(gm_error_last()->message, "packed-refs"));
	}
	assert_int_equal(
		find("# comment\n" ID " refs/heads/a\n", "refs/heads/a"), GM_EMISMATCH);
	struct gm_packed_refs packed;
	struct gm_oid oid;
	gm_packed_refs_set(&packed, ID " refs/\0heads/a\n", 57);
	assert_int_equal(gm_packed_refs_find(&oid, &packed, "refs/"), GM_EMISMATCH);
}

static void a_ref_is_left_out_with_its_peeled_line(void **state)
{
	struct gm_packed_refs packed;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	set(&packed,
		SORTED ID " refs/heads/a\n" ID " refs/tags/t\n^" ID "\n" ID
			  " refs/tags/u\n");
	must(gm_packed_refs_without(&out, &packed, "refs/tags/t"));
	assert_string_equal(
		gm_buf_str(&out), SORTED ID " refs/heads/a\n" ID " refs/tags/u\n");
	gm_buf_reset(&out);
	must(gm_packed_refs_without(&out, &packed, "refs/tags"));
	assert_int_equal(out.size, packed.size);
}

/* Every ref of a large file that git made is found, and none beside them. */
static void the_files_of_git_are_searched_by_halves(void **state)
{
	char *dir = scratch_new();
	struct gm_packed_refs packed;
	struct gm_oid oid;

	(void)state;
	assert_int_equal(
		shell(NULL, dir,
			"git init -q --bare . && c=$(git commit-tree -m one"
			" $(git hash-object -w -t tree /dev/null)) &&"
			" git tag -a -m t annotated $c &&"
			" for i in $(seq 1000 1999); do echo create refs/heads/b$i $c;"
			" echo create refs/tags/t$i $(git rev-parse annotated); done "
			"2>/dev/null |"
			" git update-ref --stdin && git pack-refs --all"),
		0);
	must(gm_packed_refs_open(&packed, dir));
	assert_true(packed.sorted);
	for (unsigned i = 990; i < 2010; i++) {
		gm_autofree char *head = gm_format("refs/heads/b%u", i);
		gm_autofree char *tag = gm_format("refs/tags/t%u", i);
		int there = i >= 1000 && i < 2000;
		assert_int_equal(gm_packed_refs_find(&oid, &packed, head), there);
		assert_int_equal(gm_packed_refs_find(&oid, &packed, tag), there);
	}
	gm_packed_refs_dispose(&packed);
	scratch_remove(dir);
}

static void a_missing_file_has_no_refs(void **state)
{
	char *dir = scratch_new();
	struct gm_packed_refs packed;
	struct gm_oid oid;

	(void)state;
	must(gm_packed_refs_open(&packed, dir));
	assert_int_equal(gm_packed_refs_find(&oid, &packed, "refs/heads/a"), 0);
	assert_int_equal(gm_packed_refs_has(&packed, "refs/"), 0);
	gm_packed_refs_dispose(&packed);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refs_are_found_by_name),
		cmocka_unit_test(an_unsorted_file_is_searched_from_the_start),
		cmocka_unit_test(names_below_a_folder_are_seen),
		cmocka_unit_test(garbage_is_refused_with_its_place),
		cmocka_unit_test(a_ref_is_left_out_with_its_peeled_line),
		cmocka_unit_test(the_files_of_git_are_searched_by_halves),
		cmocka_unit_test(a_missing_file_has_no_refs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
