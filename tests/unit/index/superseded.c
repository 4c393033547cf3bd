#include "tests/unit/index/world.h"

#include "index/database.h"

#define MEMORIES 10u
#define STEPS 250

static unsigned next(unsigned *state, unsigned n)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 16) % n;
}

static struct gm_filter current(gm_time now)
{
	struct gm_filter filter = GM_FILTER_INIT;

	filter.hide_stale = true;
	filter.now = now;
	return filter;
}

static void put_superseding(struct world *world, unsigned n, unsigned old, gm_time from)
{
	struct gm_record record = world_record(n, "newer");
	char id[GM_UUID_TEXT];

	must(gm_strv_add(&record.supersedes, world_id(id, old)));
	record.valid_from = from;
	world_put(world, &record);
}

/* How many views the file keeps this of. */
static int64_t count_kept(const struct world *world)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	gm_autofree char *path = gm_path_join(world->recall, "index.db");
	int64_t n;

	must(gm_database_open(&database, path, GM_DATABASE_READ));
	must(gm_database_number(
		&n, database, "SELECT count(*) FROM view WHERE superseded IS NOT NULL"));
	return n;
}

static void what_a_question_finds_out_is_kept(void **state)
{
	const struct gm_filter filter = current(WORLD_START);
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "old");
	put_superseding(&world, 2, 1, GM_TIME_NONE);
	world_select(&world);
	assert_int_equal(count_kept(&world), 0);
	assert_list(&world, &filter, "2");
	assert_int_equal(count_kept(&world), 1);
	assert_list(&world, &filter, "2");
	world_close(&world);
}

static void it_follows_a_commit_that_supersedes_something_new(void **state)
{
	const struct gm_filter filter = current(WORLD_START);
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "old");
	world_add(&world, 2, "old");
	put_superseding(&world, 3, 1, GM_TIME_NONE);
	world_select(&world);
	assert_list(&world, &filter, "2 3");
	struct gm_oid before = world.tree;
	put_superseding(&world, 4, 2, GM_TIME_NONE);
	assert_int_equal(gm_index_follow(world.index, &world.tree, &before, 10), 1);
	assert_int_equal(count_kept(&world), 2);
	world_select(&world);
	assert_list(&world, &filter, "3 4");
	world_close(&world);
}

static void a_change_that_is_unclear_is_found_out_anew(void **state)
{
	const struct gm_filter filter = current(WORLD_START);
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "old");
	put_superseding(&world, 2, 1, GM_TIME_NONE);
	world_select(&world);
	assert_list(&world, &filter, "2");
	world_remove(&world, 2);
	world_select(&world);
	assert_int_equal(count_kept(&world), 1);
	assert_list(&world, &filter, "1");
	assert_int_equal(count_kept(&world), 2);
	world_close(&world);
}

static void what_is_kept_holds_until_something_becomes_valid(void **state)
{
	const gm_time later = WORLD_START + 1000;
	struct gm_filter filter = current(WORLD_START);
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "old");
	put_superseding(&world, 2, 1, later);
	world_select(&world);
	assert_list(&world, &filter, "1");
	filter.now = later - 1;
	assert_list(&world, &filter, "1");
	filter.now = later;
	assert_list(&world, &filter, "2");
	filter.now = later + 1;
	assert_list(&world, &filter, "2");
	filter.now = later - 1;
	assert_list(&world, &filter, "1");
	world_close(&world);
}

/* Change a memory so that it supersedes up to two others, perhaps later only; or remove it. */
static void change(struct world *world, unsigned *random)
{
	unsigned n = 1 + next(random, MEMORIES);
	struct gm_record record = world_record(n, "one");
	char id[GM_UUID_TEXT];

	if (next(random, 4) == 0) {
		gm_record_dispose(&record);
		world_remove(world, n);
		return;
	}
	for (unsigned i = next(random, 3); i > 0; i--)
		must(gm_strv_add(
			&record.supersedes, world_id(id, 1 + next(random, MEMORIES))));
	if (next(random, 6) == 0)
		record.valid_from = WORLD_START + next(random, 4);
	world_put(world, &record);
}

static void list(struct gm_buf *out, struct gm_index *index, const struct gm_oid *tree,
	const struct gm_filter *filter)
{
	gm_autohits hits = GM_HITS_INIT;

	must(gm_index_select(index, tree, NULL, NULL));
	must(gm_index_list(&hits, index, filter, 0));
	for (size_t i = 0; i < hits.n; i++)
		must(gm_buf_printf(out, "%s ", hits.items[i].id));
}

static void assert_same(struct gm_index *index, struct gm_index *other,
	const struct gm_oid *tree, gm_time now)
{
	const struct gm_filter filter = current(now);
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_index_reset(other));
	list(&expected, other, tree, &filter);
	list(&found, index, tree, &filter);
	assert_string_equal(gm_buf_str(&found), gm_buf_str(&expected));
}

static void any_history_of_changes_is_followed_as_if_found_out_anew(void **state)
{
	struct gm_oid trees[STEPS];
	struct gm_index *other;
	struct world world;
	unsigned random = 1;

	(void)state;
	world_open(&world);
	gm_autofree char *folder = gm_path_join(world.dir, "other");
	must(gm_index_open(&other, NULL, folder, world.store));
	for (unsigned i = 0; i < STEPS; i++) {
		change(&world, &random);
		trees[i] = world.tree;
		must(gm_index_follow(world.index, &trees[i], &trees[i ? i - 1 : 0], 10));
		if (i % 3 == 0)
			continue;
		const struct gm_oid *tree =
			next(&random, 4) ? &trees[i] : &trees[next(&random, i + 1)];
		assert_same(world.index, other, tree, WORLD_START + next(&random, 5));
	}
	gm_index_free(other);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_question_finds_out_is_kept),
		cmocka_unit_test(it_follows_a_commit_that_supersedes_something_new),
		cmocka_unit_test(a_change_that_is_unclear_is_found_out_anew),
		cmocka_unit_test(what_is_kept_holds_until_something_becomes_valid),
		cmocka_unit_test(any_history_of_changes_is_followed_as_if_found_out_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
