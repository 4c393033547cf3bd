#include "tests/unit/index/world.h"

static void the_oldest_comes_first_then_session_seq_and_id(void **state)
{
	struct world world;
	struct gm_record a = world_record(1, "b/1");
	struct gm_record b = world_record(2, "a/2");
	struct gm_record c = world_record(3, "a/1");
	struct gm_record d = world_record(4, "no session");

	(void)state;
	world_open(&world);
	a.created = b.created = c.created = d.created = WORLD_START + GM_TIME_SECOND;
	must(gm_record_set_text(&a.session, "b"));
	must(gm_record_set_text(&b.session, "a"));
	must(gm_record_set_text(&c.session, "a"));
	a.seq = 1;
	b.seq = 2;
	c.seq = 1;
	world_put(&world, &a);
	world_put(&world, &b);
	world_put(&world, &c);
	world_put(&world, &d);
	world_add(&world, 9, "later");
	world_add(&world, 0, "sooner");
	world_select(&world);
	assert_list(&world, NULL, "0 4 3 2 1 9");
	gm_autohits hits = GM_HITS_INIT;
	must(gm_index_list(&hits, world.index, NULL, 2));
	check_hits(&hits, "0 4", __LINE__);
	assert_true(hits.items[0].score == 0);
	world_close(&world);
}

static void a_hit_names_the_blob_at_its_path(void **state)
{
	struct world world;
	gm_autohits hits = GM_HITS_INIT;
	struct gm_oid blob;
	unsigned mode;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_add(&world, 2, "two");
	world_select(&world);
	must(gm_index_list(&hits, world.index, NULL, 0));
	for (size_t i = 0; i < hits.n; i++) {
		must(gm_tree_lookup(
			&blob, &mode, world.store, &world.tree, hits.items[i].path));
		assert_true(gm_oid_equal(&blob, &hits.items[i].blob));
	}
	world_close(&world);
}

static void fill(struct world *world)
{
	struct gm_record note = world_record(1, "a note");
	struct gm_record talk = world_record(2, "a message");
	struct gm_record rule = world_record(3, "a rule");
	struct gm_record fact = world_record(4, "a fact");

	world_open(world);
	must(gm_record_set_text(&note.agent, "ada"));
	must(gm_strv_add(&note.tags, "red"));
	must(gm_strv_add(&note.tags, "blue"));
	talk.type = GM_RECORD_EPISODIC;
	must(gm_record_set_text(&talk.session, "s1"));
	must(gm_record_set_text(&talk.agent, "bob"));
	must(gm_strv_add(&talk.tags, "red"));
	rule.type = GM_RECORD_PROCEDURAL;
	must(gm_record_set_text(&rule.key, "user/rules"));
	fact.type = GM_RECORD_STATE;
	must(gm_record_set_text(&fact.key, "user/editor"));
	world_put(world, &note);
	world_put(world, &talk);
	world_put(world, &rule);
	world_put(world, &fact);
	world_select(world);
}

static void types_are_filtered(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;

	(void)state;
	fill(&world);
	assert_list(&world, &filter, "1 2 3 4");
	filter.types = 1u << GM_RECORD_EPISODIC;
	assert_list(&world, &filter, "2");
	filter.types = 1u << GM_RECORD_STATE | 1u << GM_RECORD_SEMANTIC;
	assert_list(&world, &filter, "1 4");
	world_close(&world);
}

static void all_tags_must_be_there(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;
	gm_autostrv tags = GM_STRV_INIT;

	(void)state;
	fill(&world);
	filter.tags = &tags;
	assert_list(&world, &filter, "1 2 3 4");
	must(gm_strv_add(&tags, "red"));
	assert_list(&world, &filter, "1 2");
	must(gm_strv_add(&tags, "blue"));
	assert_list(&world, &filter, "1");
	must(gm_strv_add(&tags, "green"));
	assert_list(&world, &filter, "");
	world_close(&world);
}

static void agent_session_and_key_are_filtered(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;

	(void)state;
	fill(&world);
	filter.agent = "bob";
	assert_list(&world, &filter, "2");
	filter.session = "s2";
	assert_list(&world, &filter, "");
	filter.session = "s1";
	assert_list(&world, &filter, "2");
	filter.agent = filter.session = NULL;
	filter.key_prefix = "user/";
	assert_list(&world, &filter, "3 4");
	filter.key_prefix = "user/editor";
	assert_list(&world, &filter, "4");
	filter.key_prefix = "user/editor2";
	assert_list(&world, &filter, "");
	filter.key_prefix = "";
	assert_list(&world, &filter, "1 2 3 4");
	world_close(&world);
}

static void both_ends_of_a_time_are_included(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;
	gm_time minute = 60 * GM_TIME_SECOND;

	(void)state;
	fill(&world);
	filter.since = WORLD_START + 2 * minute;
	assert_list(&world, &filter, "2 3 4");
	filter.until = WORLD_START + 3 * minute;
	assert_list(&world, &filter, "2 3");
	filter.since = WORLD_START + 2 * minute + 1;
	assert_list(&world, &filter, "3");
	filter.until = GM_TIME_NONE;
	filter.since = WORLD_START + 5 * minute;
	assert_list(&world, &filter, "");
	world_close(&world);
}

static void add_superseding(struct world *world, unsigned n, unsigned old, gm_time from)
{
	struct gm_record record = world_record(n, "newer");
	char id[GM_UUID_TEXT];

	must(gm_strv_add(&record.supersedes, world_id(id, old)));
	record.valid_from = from;
	world_put(world, &record);
}

static void superseded_memories_hide_only_where_the_newer_is_seen(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;

	(void)state;
	world_open(&world);
	filter.hide_stale = true;
	filter.now = WORLD_START;
	world_add(&world, 1, "old");
	world_add(&world, 2, "other");
	struct gm_oid before = world.tree;
	add_superseding(&world, 3, 1, GM_TIME_NONE);
	world_select(&world);
	assert_list(&world, &filter, "2 3");
	must(gm_index_select(world.index, &before, NULL, NULL));
	assert_list(&world, &filter, "1 2");
	filter.hide_stale = false;
	must(gm_index_select(world.index, &world.tree, NULL, NULL));
	assert_list(&world, &filter, "1 2 3");
	world_close(&world);
}

static void a_newer_memory_that_is_not_valid_yet_hides_nothing(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "old");
	add_superseding(&world, 2, 1, WORLD_START + 1000 * GM_TIME_SECOND);
	world_select(&world);
	filter.hide_stale = true;
	filter.now = WORLD_START;
	assert_list(&world, &filter, "1");
	filter.now = WORLD_START + 1000 * GM_TIME_SECOND;
	assert_list(&world, &filter, "2");
	world_close(&world);
}

static void add_circle(struct world *world, const unsigned *ns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_superseding(world, ns[i], ns[(i + 1) % n], GM_TIME_NONE);
}

static void of_a_circle_the_newest_stays(void **state)
{
	static const unsigned three[] = {3, 1, 2};
	static const unsigned two[] = {5, 4};
	static const unsigned other[] = {9, 7, 8};
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;

	(void)state;
	world_open(&world);
	filter.hide_stale = true;
	filter.now = WORLD_START;
	add_circle(&world, three, 3);
	add_circle(&world, two, 2);
	add_superseding(&world, 6, 6, GM_TIME_NONE);
	add_circle(&world, other, 3);
	world_select(&world);
	assert_list(&world, &filter, "3 5 6 9");
	/* From outside all of a circle can be superseded. */
	add_superseding(&world, 10, 9, GM_TIME_NONE);
	add_superseding(&world, 11, 1, GM_TIME_NONE);
	world_select(&world);
	assert_list(&world, &filter, "3 5 6 10 11");
	world_close(&world);
}

static void assert_superseding(struct world *world, unsigned n, const char *expected)
{
	gm_cleanup(gm_superseding_free_p) struct gm_superseding *superseding = NULL;
	gm_autostrv ids = GM_STRV_INIT;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);
	char id[GM_UUID_TEXT];

	must(gm_index_superseding(&superseding, world->index, WORLD_START));
	must(gm_superseding_of(&ids, superseding, world_id(id, n)));
	for (size_t i = 0; i < ids.n; i++)
		must(gm_buf_printf(&found, "%s%lu", i ? " " : "",
			strtoul(ids.items[i] + GM_UUID_TEXT - 13, NULL, 16)));
	assert_string_equal(gm_buf_str(&found), expected);
}

static void those_that_supersede_a_memory_are_told(void **state)
{
	static const unsigned circle[] = {1, 2, 3};
	struct world world;

	(void)state;
	world_open(&world);
	add_circle(&world, circle, 3);
	world_add(&world, 4, "old");
	add_superseding(&world, 6, 4, GM_TIME_NONE);
	add_superseding(&world, 5, 4, GM_TIME_NONE);
	add_superseding(&world, 7, 4, WORLD_START + 1);
	add_superseding(&world, 8, 99, GM_TIME_NONE);
	world_select(&world);
	assert_superseding(&world, 1, "3");
	assert_superseding(&world, 2, "1");
	assert_superseding(&world, 3, "");
	assert_superseding(&world, 4, "5 6");
	assert_superseding(&world, 5, "");
	assert_superseding(&world, 99, "8");
	assert_superseding(&world, 100, "");
	world_close(&world);
}

static void memories_out_of_date_are_hidden(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;
	struct gm_record record = world_record(1, "for a while");

	(void)state;
	world_open(&world);
	record.valid_from = WORLD_START;
	record.valid_until = WORLD_START + 10 * GM_TIME_SECOND;
	world_put(&world, &record);
	world_select(&world);
	filter.hide_stale = true;
	filter.now = WORLD_START - 1;
	assert_list(&world, &filter, "");
	filter.now = WORLD_START;
	assert_list(&world, &filter, "1");
	filter.now = WORLD_START + 10 * GM_TIME_SECOND;
	assert_list(&world, &filter, "");
	world_close(&world);
}

static void conflicts_show_siblings_and_what_they_are_siblings_of(void **state)
{
	struct world world;
	struct gm_filter filter = GM_FILTER_INIT;
	struct gm_record sibling = world_record(3, "the other version");

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one version");
	world_add(&world, 2, "no conflict");
	filter.conflicts_only = true;
	world_select(&world);
	assert_list(&world, &filter, "");
	(void)world_id(sibling.conflicts_with, 1);
	world_put(&world, &sibling);
	world_select(&world);
	assert_list(&world, &filter, "1 3");
	world_remove(&world, 3);
	world_select(&world);
	assert_list(&world, &filter, "");
	world_close(&world);
}

static void the_first_ones_are_those_of_the_whole_list(void **state)
{
	struct world world;
	gm_autohits all = GM_HITS_INIT;
	char session[8];
	(void)state;

	world_open(&world);
	for (unsigned i = 0; i < 60; i++) {
		struct gm_record record = world_record(i, "tea");
		record.created = WORLD_START + i * 37 % 20 * GM_TIME_SECOND;
		(void)snprintf(session, sizeof(session), "s%u", i % 3);
		if (i % 4)
			must(gm_record_set_text(&record.session, session));
		world_put(&world, &record);
	}
	world_select(&world);
	must(gm_index_list(&all, world.index, NULL, 0));
	assert_int_equal(all.n, 60);
	for (size_t limit = 1; limit <= 61; limit++) {
		gm_autohits some = GM_HITS_INIT;
		must(gm_index_list(&some, world.index, NULL, limit));
		assert_int_equal(some.n, limit < 60 ? limit : 60);
		for (size_t i = 0; i < some.n; i++)
			assert_string_equal(some.items[i].id, all.items[i].id);
	}
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_comes_first_then_session_seq_and_id),
		cmocka_unit_test(a_hit_names_the_blob_at_its_path),
		cmocka_unit_test(types_are_filtered),
		cmocka_unit_test(all_tags_must_be_there),
		cmocka_unit_test(agent_session_and_key_are_filtered),
		cmocka_unit_test(both_ends_of_a_time_are_included),
		cmocka_unit_test(superseded_memories_hide_only_where_the_newer_is_seen),
		cmocka_unit_test(a_newer_memory_that_is_not_valid_yet_hides_nothing),
		cmocka_unit_test(of_a_circle_the_newest_stays),
		cmocka_unit_test(those_that_supersede_a_memory_are_told),
		cmocka_unit_test(memories_out_of_date_are_hidden),
		cmocka_unit_test(conflicts_show_siblings_and_what_they_are_siblings_of),
		cmocka_unit_test(the_first_ones_are_those_of_the_whole_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
