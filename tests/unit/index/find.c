#include "tests/unit/index/world.h"

static void check_id(struct world *world, const char *text, const char *expect, int line)
{
	gm_autohits hits = GM_HITS_INIT;

	must(gm_index_find_id(&hits, world->index, text, 10));
	check_hits(&hits, expect, line);
}

#define assert_id(world, text, expect) check_id(world, text, expect, __LINE__)

static void an_id_is_found_whole_by_its_beginning_and_by_its_end(void **state)
{
	struct world world;
	char id[GM_UUID_TEXT];

	(void)state;
	world_open(&world);
	world_add(&world, 0x1a2b, "one");
	world_add(&world, 0x1a2c, "two");
	world_add(&world, 0x9a2c, "three");
	world_select(&world);
	assert_id(&world, world_id(id, 0x1a2b), "6699");
	assert_id(&world, "0001a2b0", "6699");
	assert_id(&world, "0001a2", "6699 6700");
	assert_id(&world, "1a2b", "6699");
	assert_id(&world, "a2b", "");
	assert_id(&world, "1a2c", "6700");
	assert_id(&world, "0a2c", "");
	assert_id(&world, "0000-70008", "");
	assert_id(&world, "0001a2b0-00007000", "6699");
	assert_id(&world, "8000-000000001a2b", "6699");
	world_close(&world);
}

static void odd_lengths_and_foreign_characters_are_handled(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 0x1a2b, "one");
	world_select(&world);
	assert_id(&world, "01a2b", "6699");
	assert_id(&world, "0001a2b", "6699");
	assert_id(&world, "01a2c", "");
	assert_id(&world, "", "");
	assert_id(&world, "----", "");
	assert_id(&world, "1a2g", "");
	assert_id(&world, "1a2b ", "");
	assert_id(&world, "0001a2b0-0000-7000-8000-000000001a2b0", "");
	world_close(&world);
}

static void a_part_that_fits_both_ends_is_one_hit_and_the_limit_holds(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;

	(void)state;
	world_open(&world);
	world_add(&world, 0, "zeros at both ends");
	for (unsigned i = 1; i < 6; i++)
		world_add(&world, i, "many zeros");
	world_select(&world);
	assert_id(&world, "00000000", "0");
	must(gm_index_find_id(&hits, world.index, "0000", 3));
	assert_int_equal(hits.n, 3);
	world_close(&world);
}

static void only_the_selected_revision_is_searched(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 0x1a2b, "one");
	struct gm_oid before = world.tree;
	world_add(&world, 0x1a2c, "two");
	world_select(&world);
	assert_id(&world, "0001a2", "6699 6700");
	must(gm_index_select(world.index, &before, NULL, NULL));
	assert_id(&world, "0001a2", "6699");
	world_close(&world);
}

static void check_names(const struct gm_strv *names, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < names->n; i++)
		must(gm_buf_printf(&found, "%s%s", i ? " " : "", names->items[i]));
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: found '%s', not '%s'", line, gm_buf_str(&found),
			expect);
}

static void add_named(struct world *world, unsigned n, const char *key, const char *tag)
{
	struct gm_record record = world_record(n, "named");

	must(gm_record_set_text(&record.key, key));
	if (tag)
		must(gm_strv_add(&record.tags, tag));
	world_put(world, &record);
}

static void keys_are_completed_from_the_revision(void **state)
{
	struct world world;
	gm_autostrv names = GM_STRV_INIT;

	(void)state;
	world_open(&world);
	add_named(&world, 1, "user/editor", NULL);
	add_named(&world, 2, "user/shell", NULL);
	add_named(&world, 3, "user/\xc3\xa9t\xc3\xa9", NULL);
	struct gm_oid before = world.tree;
	add_named(&world, 4, "user/later", NULL);
	add_named(&world, 5, "project", NULL);
	world_select(&world);
	must(gm_index_keys(&names, world.index, "", 0));
	check_names(&names,
		"project user/editor user/later user/shell user/\xc3\xa9t\xc3\xa9",
		__LINE__);
	must(gm_index_keys(&names, world.index, "user/", 2));
	check_names(&names, "user/editor user/later", __LINE__);
	must(gm_index_select(world.index, &before, NULL, NULL));
	must(gm_index_keys(&names, world.index, "user/", 0));
	check_names(&names, "user/editor user/shell user/\xc3\xa9t\xc3\xa9", __LINE__);
	must(gm_index_keys(&names, world.index, "x", 0));
	assert_int_equal(names.n, 0);
	world_close(&world);
}

static void a_tag_of_many_memories_is_completed_once(void **state)
{
	struct world world;
	gm_autostrv names = GM_STRV_INIT;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < 10; i++)
		add_named(&world, i, NULL, "red");
	add_named(&world, 20, NULL, "redder");
	add_named(&world, 21, NULL, "blue");
	world_select(&world);
	must(gm_index_tags(&names, world.index, "", 0));
	check_names(&names, "blue red redder", __LINE__);
	must(gm_index_tags(&names, world.index, "red", 0));
	check_names(&names, "red redder", __LINE__);
	must(gm_index_tags(&names, world.index, "redd", 0));
	check_names(&names, "redder", __LINE__);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_found_whole_by_its_beginning_and_by_its_end),
		cmocka_unit_test(odd_lengths_and_foreign_characters_are_handled),
		cmocka_unit_test(
			a_part_that_fits_both_ends_is_one_hit_and_the_limit_holds),
		cmocka_unit_test(only_the_selected_revision_is_searched),
		cmocka_unit_test(keys_are_completed_from_the_revision),
		cmocka_unit_test(a_tag_of_many_memories_is_completed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
