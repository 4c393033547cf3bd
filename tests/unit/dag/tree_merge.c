#include <locale.h>
#include <time.h>

#include "tests/unit/dag/merge_trees.h"

static void start(struct merge_trees *trees)
{
	trees->ours = trees->theirs = trees->base;
}

static void changes_of_different_memories_are_all_made(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *one = place_of(1), *two = place_of(2);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	put_memory(trees, &trees->base, 2, NULL, "two", 0);
	put_memory(trees, &trees->base, 3, NULL, "three", 0);
	put_memory(trees, &trees->base, 4, NULL, "four", 0);
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "one of ours", 1);
	drop_memory(trees, &trees->ours, 3);
	put_memory(trees, &trees->theirs, 2, NULL, "two of theirs", 1);
	put_memory(trees, &trees->theirs, 5, "k", "five", 0);
	merge_both_ways(trees);
	assert_files(trees, 4);
	assert_content(trees, one, "one of ours");
	assert_content(trees, two, "two of theirs");
	assert_content(trees, "keys/k.md", "five");
	assert_what(trees, 1, GM_MERGE_OURS);
	assert_what(trees, 2, GM_MERGE_THEIRS);
	assert_what(trees, 3, GM_MERGE_REMOVED);
	assert_what(trees, 5, GM_MERGE_THEIRS);
	assert_int_equal(trees->merge.n, 4);
	assert_int_equal(trees->merge.n_conflicts, 0);
}

static void one_memory_is_merged_wherever_it_lies(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->base, 1, "old", "a\nb\nc\nd\ne", 0);
	start(trees);
	put_file(trees, &trees->ours, "keys/old.md", NULL);
	put_memory(trees, &trees->ours, 1, "new", "a\nb\nc\nd\nours", 1);
	put_memory(trees, &trees->theirs, 1, "old", "theirs\nb\nc\nd\ne", 2);
	merge_both_ways(trees);
	assert_files(trees, 1);
	assert_content(trees, "keys/new.md", "theirs\nb\nc\nd\nours");
	assert_what(trees, 1, GM_MERGE_MERGED);
}

static void texts_that_conflict_make_a_sibling(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_memory(trees, &trees->base, 1, NULL, "a", 0);
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "ours", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "theirs", 2);
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, place, "theirs");
	const struct gm_merge_entry *entry = entry_of(trees, 1, NULL);
	assert_int_equal(entry->what, GM_MERGE_CONFLICT);
	assert_non_null(entry->sibling_path);
	assert_content(trees, entry->sibling_path, "ours");
	assert_int_equal(trees->merge.n_conflicts, 1);
	/* To merge what was merged changes nothing. */
	struct gm_oid merged = trees->merge.tree;
	trees->ours = merged;
	merge_both_ways(trees);
	assert_memory_equal(&trees->merge.tree, &merged, sizeof(merged));
}

static void what_one_removed_and_the_other_changed_stays(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *one = place_of(1);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	put_memory(trees, &trees->base, 2, "k", "two", 0);
	put_file(trees, &trees->base, "README.md", "a\n");
	start(trees);
	drop_memory(trees, &trees->ours, 1);
	put_file(trees, &trees->ours, "keys/k.md", NULL);
	put_file(trees, &trees->ours, "README.md", NULL);
	put_memory(trees, &trees->theirs, 1, NULL, "changed", 1);
	put_file(trees, &trees->theirs, "keys/k.md", NULL);
	put_memory(trees, &trees->theirs, 2, "moved", "two", 1);
	put_file(trees, &trees->theirs, "README.md", "b\n");
	merge_both_ways(trees);
	assert_files(trees, 3);
	assert_content(trees, one, "changed");
	assert_content(trees, "keys/moved.md", "two");
	assert_path(trees, "README.md", "b\n");
	assert_what(trees, 1, GM_MERGE_KEPT);
	assert_what(trees, 2, GM_MERGE_KEPT);
}

static void memories_made_under_one_key_become_one(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->ours, 2, "k", "same", 0);
	put_memory(trees, &trees->theirs, 1, "k", "same", 1);
	merge_both_ways(trees);
	assert_files(trees, 1);
	gm_autorecord record = GM_RECORD_INIT;
	read_memory(&record, trees, "keys/k.md");
	assert_string_equal(record.id, "018f0000-0000-7000-8000-000000000001");
	assert_string_equal(entry_of(trees, 1, NULL)->note,
		"became one with 018f0000-0000-7000-8000-000000000002");
}

static void of_two_that_want_one_key_the_later_keeps_it(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *two = place_of(2);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	put_memory(trees, &trees->base, 2, NULL, "two", 0);
	start(trees);
	drop_memory(trees, &trees->ours, 1);
	put_memory(trees, &trees->ours, 1, "k", "one", 2);
	drop_memory(trees, &trees->theirs, 2);
	put_memory(trees, &trees->theirs, 2, "k", "two", 1);
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, "keys/k.md", "one");
	assert_content(trees, two, "two");
	assert_string_equal(entry_of(trees, 2, NULL)->note,
		"its key went to 018f0000-0000-7000-8000-000000000001");
}

static void keys_that_look_alike_are_one_place(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *one = place_of(1), *three = place_of(3);

	put_memory(trees, &trees->ours, 1, "Key", "one", 0);
	put_memory(trees, &trees->theirs, 2, "key", "two", 1);
	put_memory(trees, &trees->ours, 3, "User/a", "three", 1);
	put_memory(trees, &trees->theirs, 4, "user/b", "four", 2);
	merge_both_ways(trees);
	assert_files(trees, 4);
	assert_content(trees, "keys/key.md", "two");
	assert_content(trees, one, "one");
	assert_content(trees, "keys/user/b.md", "four");
	assert_content(trees, three, "three");
}

static void other_files_are_merged_by_lines(void **state)
{
	struct merge_trees *trees = *state;

	put_file(trees, &trees->base, "README.md", "1\n2\n3\n4\n5\n");
	start(trees);
	put_file(trees, &trees->ours, "README.md", "one\n2\n3\n4\n5\n");
	put_file(trees, &trees->theirs, "README.md", "1\n2\n3\n4\nfive\n");
	merge_both_ways(trees);
	assert_files(trees, 1);
	assert_path(trees, "README.md", "one\n2\n3\n4\nfive\n");
}

static void files_that_do_not_merge_are_both_kept(void **state)
{
	struct merge_trees *trees = *state;
	char hex[GM_OID_HEX];

	put_file(trees, &trees->ours, "README.md", "ours\n");
	put_file(trees, &trees->theirs, "README.md", "theirs\n");
	merge_both_ways(trees);
	assert_files(trees, 2);
	const struct gm_merge_entry *entry = entry_of(trees, 0, "README.md");
	bool ours = gm_oid_compare(&entry->ours, &entry->theirs) > 0;
	assert_path(trees, "README.md", ours ? "ours\n" : "theirs\n");
	gm_oid_format(hex, ours ? &entry->theirs : &entry->ours);
	gm_autofree char *beside = gm_format("README.md~%.12s", hex);
	assert_path(trees, beside, ours ? "theirs\n" : "ours\n");
	assert_string_equal(entry->sibling_path, beside);
	assert_int_equal(entry->what, GM_MERGE_CONFLICT);
	struct gm_oid merged = trees->merge.tree;
	trees->theirs = merged;
	merge_both_ways(trees);
	assert_memory_equal(&trees->merge.tree, &merged, sizeof(merged));
}

/* A clock, a zone, a locale, a user: nothing but the trees may matter. */
static void the_result_is_the_same_on_every_machine(void **state)
{
	struct merge_trees *trees = *state;
	static const char *const zones[] = {"UTC", "Asia/Kathmandu", "Pacific/Apia"};
	static const char *const locales[] = {"C", "C.UTF-8", "tr_TR.UTF-8"};
	char hex[GM_OID_HEX];

	for (unsigned n = 1; n <= 3; n++)
		put_memory(trees, &trees->base, n, NULL, "1\n2\n3", 0);
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "ours", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "theirs", 2);
	put_memory(trees, &trees->ours, 2, NULL, "one\n2\n3", 1);
	put_memory(trees, &trees->theirs, 2, NULL, "1\n2\nthree", 2);
	put_memory(trees, &trees->ours, 4, "TITLE/I", "a", 0);
	put_memory(trees, &trees->theirs, 5, "title/i", "b", 1);
	put_memory(trees, &trees->ours, 6, "one", "same", 0);
	put_memory(trees, &trees->theirs, 7, "one", "same", 1);
	put_file(trees, &trees->ours, "README.md", "ours\n");
	put_file(trees, &trees->theirs, "README.md", "theirs\n");
	for (int i = 0; i < 3; i++) {
		(void)setenv("TZ", zones[i], 1);
		(void)setenv("USER", zones[i], 1);
		tzset();
		(void)setlocale(LC_ALL, locales[i]); /* where there is one */
		merge_both_ways(trees);
		gm_oid_format(hex, &trees->merge.tree);
		assert_string_equal(hex, "ed11237e2446492fed477ddbf88a461d0423487e");
	}
	(void)setlocale(LC_ALL, "C");
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, merge_trees_setup, merge_trees_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(changes_of_different_memories_are_all_made),
		test(one_memory_is_merged_wherever_it_lies),
		test(texts_that_conflict_make_a_sibling),
		test(what_one_removed_and_the_other_changed_stays),
		test(memories_made_under_one_key_become_one),
		test(of_two_that_want_one_key_the_later_keeps_it),
		test(keys_that_look_alike_are_one_place),
		test(other_files_are_merged_by_lines),
		test(files_that_do_not_merge_are_both_kept),
		test(the_result_is_the_same_on_every_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
