#include "tests/unit/index/world.h"

#include <unistd.h>

static void edits_moves_and_removals_are_followed(void **state)
{
	struct world world;
	struct gm_record moved = world_record(2, "apple pie recipe");

	(void)state;
	world_open(&world);
	world_add(&world, 1, "apple cider");
	world_add(&world, 2, "apple pie");
	world_add(&world, 3, "apple juice");
	world_select(&world);
	assert_list(&world, NULL, "1 2 3");
	world_add(&world, 1, "pear cider");
	world_select(&world);
	assert_recall(&world, "apple", NULL, "3 2");
	assert_recall(&world, "pear", NULL, "1");
	world_remove(&world, 2);
	must(gm_record_set_text(&moved.key, "recipes/pie"));
	world_put(&world, &moved);
	world_select(&world);
	assert_list(&world, NULL, "1 2 3");
	assert_recall(&world, "recipe", NULL, "2");
	world_remove(&world, 3);
	world_select(&world);
	assert_recall(&world, "apple juice", NULL, "2");
	world_close(&world);
}

static void an_old_tree_is_recalled_as_it_was(void **state)
{
	struct world world;
	struct gm_oid old[4];

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 4; i++) {
		world_add(&world, i, i % 2 ? "green tea" : "black coffee");
		if (i == 3)
			world_remove(&world, 0);
		old[i] = world.tree;
	}
	world_select(&world);
	assert_list(&world, NULL, "1 2 3");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const expect[] = {"0", "0", "0 2"};
		gm_autohits hits = GM_HITS_INIT;
		must(gm_index_select(world.index, &old[i], &world.tree, NULL));
		must(gm_index_list(&hits, world.index, NULL, 0));
		assert_int_equal(hits.n, i + 1);
		world_recall(&hits, &world, "coffee", NULL, 9);
		assert_int_equal(hits.n, strlen(expect[i]) / 2 + 1);
	}
	world_close(&world);
}

static void files_that_are_no_records_are_left_out(void **state)
{
	struct world world;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	world_open(&world);
	must(gm_buf_puts(&text, "# just a note about apples\n"));
	world_change(&world, "README.md", &text);
	world_change(&world, "memories/2026/notes.md", &text);
	world_change(&world, "keys/picture.png", &text);
	world_add(&world, 1, "apples");
	world_select(&world);
	assert_list(&world, NULL, "1");
	assert_int_equal(gm_index_skipped(world.index), 0);
	world_change(&world, "memories/2026/notes.md", NULL);
	world_select(&world);
	assert_recall(&world, "apples", NULL, "1");
	world_close(&world);
}

static void one_record_at_two_paths_is_two_memories(void **state)
{
	struct world world;
	struct gm_record copy = world_record(1, "twice");

	(void)state;
	world_open(&world);
	world_add(&world, 1, "twice");
	world_put_at(&world, &copy, "memories/copy.md");
	world_select(&world);
	assert_list(&world, NULL, "1 1");
	world_change(&world, "memories/copy.md", NULL);
	world_select(&world);
	assert_list(&world, NULL, "1");
	world_close(&world);
}

static void a_damaged_blob_is_left_out_counted_and_healed(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;
	char hex[GM_OID_HEX];

	(void)state;
	world_open(&world);
	world_add(&world, 1, "whole");
	world_add(&world, 2, "soon damaged");
	world_select(&world);
	must(gm_index_list(&hits, world.index, NULL, 0));
	gm_oid_format(hex, &hits.items[1].blob);
	gm_autofree char *file = gm_format("%s/objects/%.2s/%s", world.dir, hex, hex + 2);
	gm_autofree char *aside = gm_format("%s/aside", world.dir);
	assert_int_equal(rename(file, aside), 0);
	must(gm_index_reset(world.index));
	world_select(&world);
	assert_list(&world, NULL, "1");
	assert_int_equal(gm_index_skipped(world.index), 1);
	world_add(&world, 3, "another");
	assert_int_equal(rename(aside, file), 0);
	world_select(&world);
	assert_list(&world, NULL, "1 2 3");
	assert_int_equal(gm_index_skipped(world.index), 0);
	world_close(&world);
}

static void a_tree_that_is_not_there_is_an_error_and_the_old_selection_stays(void **state)
{
	struct world world;
	struct gm_oid nowhere = {{1, 2, 3}};

	(void)state;
	world_open(&world);
	world_add(&world, 1, "here");
	world_select(&world);
	assert_true(gm_index_select(world.index, &nowhere, NULL, NULL) < 0);
	assert_list(&world, NULL, "1");
	must(gm_index_select(world.index, &world.tree, &nowhere, NULL));
	assert_list(&world, NULL, "1");
	world_close(&world);
}

static void a_base_that_left_the_store_is_done_without(void **state)
{
	struct world world;
	char hex[GM_OID_HEX];

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	struct gm_oid old = world.tree;
	world_select(&world);
	world_add(&world, 2, "two");
	gm_oid_format(hex, &old);
	gm_autofree char *file = gm_format("%s/objects/%.2s/%s", world.dir, hex, hex + 2);
	assert_int_equal(unlink(file), 0);
	must(gm_index_select(world.index, &world.tree, &old, NULL));
	assert_list(&world, NULL, "1 2");
	world_close(&world);
}

static void a_writer_follows_small_changes_only(void **state)
{
	struct world world;
	struct gm_oid before;
	size_t n = 0;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_select(&world);
	before = world.tree;
	world_add(&world, 2, "two");
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 1), 1);
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 1);
	assert_int_equal(n, 2);
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 1), 1);
	before = world.tree;
	world_add(&world, 3, "three");
	world_add(&world, 4, "four");
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 1), 0);
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 0);
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 2), 1);
	world_select(&world);
	assert_list(&world, NULL, "1 2 3 4");
	world_close(&world);
}

static void a_writer_counts_changes_from_what_is_indexed(void **state)
{
	struct world world;
	struct gm_oid before;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	before = world.tree;
	world_add(&world, 2, "two");
	/* Nothing is indexed yet, so that two files differ. */
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 1), 0);
	assert_int_equal(gm_index_follow(world.index, &before, &gm_oid_zero, 1), 1);
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 1), 1);
	world_close(&world);
}

static void what_is_indexed_is_there_for_the_next_process(void **state)
{
	struct world world;
	size_t n = 0;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_select(&world);
	gm_index_free(world.index);
	world_open_index(&world);
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(gm_index_has(world.index, &gm_oid_empty_tree, &n), 1);
	assert_int_equal(n, 0);
	world_select(&world);
	assert_recall(&world, "one", NULL, "1");
	world_close(&world);
}

static void a_reset_index_makes_its_views_again(void **state)
{
	struct world world;
	size_t n = 0;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_select(&world);
	must(gm_index_reset(world.index));
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 0);
	assert_list(&world, NULL, "1");
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 1);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_moves_and_removals_are_followed),
		cmocka_unit_test(an_old_tree_is_recalled_as_it_was),
		cmocka_unit_test(files_that_are_no_records_are_left_out),
		cmocka_unit_test(one_record_at_two_paths_is_two_memories),
		cmocka_unit_test(a_damaged_blob_is_left_out_counted_and_healed),
		cmocka_unit_test(
			a_tree_that_is_not_there_is_an_error_and_the_old_selection_stays),
		cmocka_unit_test(a_base_that_left_the_store_is_done_without),
		cmocka_unit_test(a_writer_follows_small_changes_only),
		cmocka_unit_test(a_writer_counts_changes_from_what_is_indexed),
		cmocka_unit_test(what_is_indexed_is_there_for_the_next_process),
		cmocka_unit_test(a_reset_index_makes_its_views_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
