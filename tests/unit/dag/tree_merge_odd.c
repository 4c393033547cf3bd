/*
 * Merging what no command of ours makes: records that were broken, moved or copied by hand, files
 * in the way of folders, links, and trees that are damaged or hostile.
 */
#include "tests/unit/dag/merge_trees.h"

static void start(struct merge_trees *trees)
{
	trees->ours = trees->theirs = trees->base;
}

static void text_of(
	struct gm_buf *out, unsigned n, const char *key, const char *content, int edited)
{
	gm_autorecord record = GM_RECORD_INIT;

	make_memory(&record, n, key, content, edited);
	memory_text(out, &record);
}

static void a_record_that_was_broken_stays_as_text(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	put_memory(trees, &trees->base, 2, NULL, "two", 0);
	start(trees);
	put_memory(trees, &trees->ours, 2, NULL, "changed", 1);
	put_file(trees, &trees->theirs, place, "just text\n");
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_path(trees, place, "just text\n");
	assert_string_equal(entry_of(trees, 0, place)->note, "no record: kept as a file");
}

static void a_record_one_broke_and_the_other_changed_stays_beside_the_text(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "changed", 1);
	put_file(trees, &trees->theirs, place, "just text\n");
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, place, "changed");
	struct gm_oid text = put_blob(trees, "just text\n", 10);
	char hex[GM_OID_HEX];
	gm_oid_format(hex, &text);
	gm_autofree char *beside = gm_format("%s~%.12s", place, hex);
	assert_path(trees, beside, "just text\n");
	struct gm_oid merged = trees->merge.tree;
	trees->ours = merged;
	merge_both_ways(trees);
	assert_memory_equal(&trees->merge.tree, &merged, sizeof(merged));
}

static void a_record_that_both_broke_is_merged_by_lines(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT), wanted = GM_BUF_INIT(GM_BUF_TEXT);

	put_memory(trees, &trees->base, 1, NULL, "1\n2\n3\n4\n5", 0);
	start(trees);
	text_of(&text, 1, NULL, "1\n2\n3\n4\n5", 0);
	/* One took away the first line, the other one wrote behind the last. */
	put_file(trees, &trees->ours, place, text.ptr + 4);
	text_of(&wanted, 1, NULL, "1\n2\n3\n4\n5\nmore", 0);
	gm_autofree char *broken = gm_format("%s", wanted.ptr);
	memcpy(strstr(broken, "type: "), "typo: ", 6);
	put_file(trees, &trees->theirs, place, broken);
	merge_both_ways(trees);
	assert_files(trees, 1);
	assert_path(trees, place, broken + 4);
}

static void a_record_that_was_mended_is_a_memory_again(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_file(trees, &trees->base, place, "just text\n");
	start(trees);
	put_file(trees, &trees->ours, "f", "f\n");
	put_memory(trees, &trees->theirs, 1, NULL, "mended", 1);
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, place, "mended");
}

/* One wrote on in the text that was no record, the other made it one again, with a key. */
static void what_was_broken_is_mended_here_and_changed_there(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_file(trees, &trees->base, place, "just text\n");
	start(trees);
	put_file(trees, &trees->ours, place, "just text\nand more\n");
	put_memory(trees, &trees->theirs, 1, "k", "mended", 1);
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_path(trees, place, "just text\nand more\n");
	assert_content(trees, "keys/k.md", "mended");
}

static void a_copy_becomes_a_memory_of_its_own(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	start(trees);
	text_of(&text, 1, NULL, "copied", 1);
	put_file(trees, &trees->ours, "memories/copy.md", text.ptr);
	put_file(trees, &trees->theirs, "f", "f\n");
	merge_both_ways(trees);
	assert_files(trees, 3);
	assert_content(trees, place, "one");
	const struct gm_merge_entry *copy = NULL;
	for (size_t i = 0; i < trees->merge.n; i++)
		if (trees->merge.entries[i].note)
			copy = &trees->merge.entries[i];
	assert_non_null(copy);
	assert_string_equal(copy->note,
		"was a second file with the id 018f0000-0000-7000-8000-000000000001");
	assert_content(trees, copy->path, "copied");
	assert_string_not_equal(copy->id, "018f0000-0000-7000-8000-000000000001");
}

static void of_two_files_with_one_id_the_one_at_its_place_is_the_memory(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	put_file(trees, &trees->base, "f", "f\n");
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "one", 0);
	text_of(&text, 1, NULL, "copied", 1);
	put_file(trees, &trees->ours, "keys/copy.md", text.ptr);
	put_file(trees, &trees->theirs, "f", "g\n");
	merge_both_ways(trees);
	assert_files(trees, 3);
	assert_content(trees, place, "one");
}

static void what_was_moved_by_hand_is_found_by_its_id(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	put_memory(trees, &trees->base, 1, NULL, "1\n2\n3", 0);
	start(trees);
	text_of(&text, 1, NULL, "1\n2\n3", 0);
	put_file(trees, &trees->ours, place, NULL);
	put_file(trees, &trees->ours, "memories/moved.md", text.ptr);
	put_memory(trees, &trees->theirs, 1, NULL, "1\n2\n3\n4", 1);
	merge_both_ways(trees);
	assert_files(trees, 1);
	assert_content(trees, place, "1\n2\n3\n4");
}

static void a_file_in_the_way_of_a_folder_goes_aside(void **state)
{
	struct merge_trees *trees = *state;
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	put_file(trees, &trees->ours, "keys/user", "a file\n");
	put_memory(trees, &trees->theirs, 1, "user/x", "one", 0);
	put_file(trees, &trees->theirs, "notes/a", "a\n");
	put_file(trees, &trees->ours, "notes", "notes\n");
	merge_both_ways(trees);
	list_tree(&list, trees, &trees->merge.tree);
	assert_files(trees, 4);
	assert_content(trees, "keys/user/x.md", "one");
	assert_path(trees, "notes/a", "a\n");
	assert_non_null(strstr(list.ptr, "keys/user~"));
	assert_non_null(strstr(list.ptr, "\nnotes~"));
}

static void even_a_file_called_memories_keeps_no_memory_out(void **state)
{
	struct merge_trees *trees = *state;
	gm_autofree char *place = place_of(1);

	put_file(trees, &trees->ours, "memories", "a file\n");
	put_memory(trees, &trees->theirs, 1, NULL, "one", 0);
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_content(trees, place, "one");
}

static void a_text_in_the_place_of_a_sibling_goes_aside(void **state)
{
	struct merge_trees *trees = *state;

	put_memory(trees, &trees->base, 1, NULL, "one", 0);
	start(trees);
	put_memory(trees, &trees->ours, 1, NULL, "ours", 1);
	put_memory(trees, &trees->theirs, 1, NULL, "theirs", 2);
	merge_both_ways(trees);
	gm_autofree char *path = gm_strdup(entry_of(trees, 1, NULL)->sibling_path);
	put_file(trees, &trees->base, path, "in the way\n");
	put_file(trees, &trees->ours, path, "in the way\n");
	put_file(trees, &trees->theirs, path, "in the way\n");
	merge_both_ways(trees);
	assert_files(trees, 3);
	assert_content(trees, path, "ours");
}

static void modes_are_merged_like_all_else(void **state)
{
	struct merge_trees *trees = *state;
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);

	put_file(trees, &trees->base, "run", "1\n2\n3\n");
	start(trees);
	put_mode(trees, &trees->ours, "run", 0100755, "1\n2\n3\n");
	put_file(trees, &trees->theirs, "run", "1\n2\n3\n4\n");
	merge_both_ways(trees);
	list_tree(&list, trees, &trees->merge.tree);
	assert_string_equal(list.ptr, "run 100755\n");
	assert_path(trees, "run", "1\n2\n3\n4\n");
}

static void a_link_and_a_file_are_both_kept(void **state)
{
	struct merge_trees *trees = *state;

	put_file(trees, &trees->base, "f", "text\n");
	start(trees);
	put_mode(trees, &trees->ours, "f", 0120000, "there");
	put_file(trees, &trees->theirs, "f", "changed\n");
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_int_equal(trees->merge.n_conflicts, 1);
}

/* The ids of commits that are somewhere else: there is nothing to be read. */
static void modules_are_never_read(void **state)
{
	struct merge_trees *trees = *state;
	struct gm_tree_change change = {.path = "module", .mode = 0160000};

	memset(change.oid.bytes, 1, GM_OID_SIZE);
	must(gm_tree_update(&trees->ours, trees->batch, &trees->ours, &change, 1));
	memset(change.oid.bytes, 2, GM_OID_SIZE);
	must(gm_tree_update(&trees->theirs, trees->batch, &trees->theirs, &change, 1));
	merge_both_ways(trees);
	assert_files(trees, 2);
}

static void a_file_with_nuls_is_not_merged_by_lines(void **state)
{
	struct merge_trees *trees = *state;
	struct gm_tree_change change = {.path = "f", .mode = GM_MODE_FILE};

	change.oid = put_blob(trees, "1\n2\n3\n4\n\0", 9);
	must(gm_tree_update(&trees->base, trees->batch, &trees->base, &change, 1));
	change.oid = put_blob(trees, "one\n2\n3\n4\n\0", 11);
	must(gm_tree_update(&trees->ours, trees->batch, &trees->base, &change, 1));
	change.oid = put_blob(trees, "1\n2\n3\nfour\n\0", 12);
	must(gm_tree_update(&trees->theirs, trees->batch, &trees->base, &change, 1));
	merge_both_ways(trees);
	assert_files(trees, 2);
	assert_int_equal(trees->merge.n_conflicts, 1);
}

static int try_merge(struct merge_trees *trees)
{
	return gm_trees_merge(&trees->merge, trees->batch, &trees->base, &trees->ours,
		&trees->theirs, NULL);
}

static void a_missing_blob_or_tree_is_damage(void **state)
{
	struct merge_trees *trees = *state;
	struct gm_tree_change change = {.path = "keys/k.md", .mode = GM_MODE_FILE};

	put_file(trees, &trees->theirs, "f", "f\n");
	memset(change.oid.bytes, 7, GM_OID_SIZE);
	must(gm_tree_update(&trees->ours, trees->batch, &trees->ours, &change, 1));
	assert_int_equal(try_merge(trees), GM_EMISMATCH);
	memset(trees->ours.bytes, 7, GM_OID_SIZE);
	assert_int_equal(try_merge(trees), GM_EMISMATCH);
	trees->ours = put_blob(trees, "no tree", 7);
	assert_int_equal(try_merge(trees), GM_EMISMATCH);
}

/* A folder in a folder in a folder, on one side. */
static void folders_that_lie_too_deep_are_refused(void **state)
{
	struct merge_trees *trees = *state;
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid inner = put_blob(trees, "x", 1);

	put_file(trees, &trees->theirs, "f", "f\n");
	for (int i = 0; i < GM_TREE_MAX_DEPTH + 2; i++) {
		gm_buf_reset(&tree);
		must(gm_buf_printf(&tree, "%s a", i ? "40000" : "100644"));
		must(gm_buf_putc(&tree, '\0'));
		must(gm_buf_put(&tree, inner.bytes, GM_OID_SIZE));
		must(gm_batch_write(
			&inner, trees->batch, GM_OBJECT_TREE, tree.ptr, tree.size));
	}
	trees->ours = inner;
	assert_int_equal(try_merge(trees), GM_EMISMATCH);
}

/* Trees of ten entries that all name the one below: ten thousand million files. */
static void few_trees_that_stand_for_too_many_files_are_refused(void **state)
{
	struct merge_trees *trees = *state;
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid inner = put_blob(trees, "x", 1);

	put_file(trees, &trees->theirs, "f", "f\n");
	for (int i = 0; i < 10; i++) {
		gm_buf_reset(&tree);
		for (char c = '0'; c <= '9'; c++) {
			must(gm_buf_printf(&tree, "%s %c", i ? "40000" : "100644", c));
			must(gm_buf_putc(&tree, '\0'));
			must(gm_buf_put(&tree, inner.bytes, GM_OID_SIZE));
		}
		must(gm_batch_write(
			&inner, trees->batch, GM_OBJECT_TREE, tree.ptr, tree.size));
	}
	trees->ours = inner;
	assert_int_equal(try_merge(trees), GM_ETOOBIG);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, merge_trees_setup, merge_trees_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_record_that_was_broken_stays_as_text),
		test(a_record_one_broke_and_the_other_changed_stays_beside_the_text),
		test(a_record_that_both_broke_is_merged_by_lines),
		test(a_record_that_was_mended_is_a_memory_again),
		test(what_was_broken_is_mended_here_and_changed_there),
		test(a_copy_becomes_a_memory_of_its_own),
		test(of_two_files_with_one_id_the_one_at_its_place_is_the_memory),
		test(what_was_moved_by_hand_is_found_by_its_id),
		test(a_file_in_the_way_of_a_folder_goes_aside),
		test(even_a_file_called_memories_keeps_no_memory_out),
		test(a_text_in_the_place_of_a_sibling_goes_aside),
		test(modes_are_merged_like_all_else),
		test(a_link_and_a_file_are_both_kept),
		test(modules_are_never_read),
		test(a_file_with_nuls_is_not_merged_by_lines),
		test(a_missing_blob_or_tree_is_damage),
		test(folders_that_lie_too_deep_are_refused),
		test(few_trees_that_stand_for_too_many_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
