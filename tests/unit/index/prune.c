#include "tests/unit/index/world.h"

#include "index/internal.h"
#include "index/sealing.h"

static int64_t number(struct world *world, const char *sql)
{
	int64_t out;

	must(gm_database_number(&out, world->index->database, sql));
	return out;
}

static int64_t rows(struct world *world)
{
	return number(world, "SELECT count(*) FROM memory");
}

static int64_t views(struct world *world)
{
	return number(world, "SELECT count(*) FROM view");
}

/* Edit one memory, each time a revision of its own. */
static void edit(struct world *world, unsigned from, unsigned to)
{
	char text[32];

	for (unsigned i = from; i < to; i++) {
		struct gm_oid before = world->tree;
		(void)snprintf(text, sizeof(text), "version %u", i);
		world_add(world, 1, text);
		assert_int_equal(
			gm_index_follow(world->index, &world->tree, &before, 9), 1);
	}
}

static void the_views_used_last_and_the_named_ones_are_kept(void **state)
{
	struct world world;
	struct gm_oid first;
	size_t n;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "the very first");
	world_add(&world, 2, "always there");
	first = world.tree;
	world_select(&world);
	edit(&world, 0, 80);
	assert_int_equal(views(&world), 81);
	assert_int_equal(rows(&world), 82);
	must(gm_index_prune(world.index, &first, 1));
	assert_int_equal(views(&world), 65);
	assert_int_equal(rows(&world), 66);
	assert_int_equal(gm_index_has(world.index, &first, &n), 1);
	assert_int_equal(gm_index_has(world.index, &world.tree, &n), 1);
	must(gm_index_select(world.index, &first, NULL, NULL));
	assert_recall(&world, "first", NULL, "1");
	world_select(&world);
	assert_recall(&world, "version 79", NULL, "1");
	assert_recall(&world, "first", NULL, "");
	must(gm_index_check(world.index, world_no_fault, NULL));
	must(gm_index_prune(world.index, NULL, 0));
	assert_int_equal(views(&world), 64);
	world_close(&world);
}

static void few_dead_rows_are_let_be(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	for (unsigned i = 1; i < 30; i++)
		world_add(&world, i, "memory");
	world_select(&world);
	int64_t before = number(&world, "SELECT generation FROM state");
	must(gm_index_prune(world.index, NULL, 0));
	assert_int_equal(rows(&world), 29);
	assert_true(number(&world, "SELECT generation FROM state") == before);
	world_close(&world);
}

static void views_never_grow_beyond_a_bound(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 2, "always there");
	world_select(&world);
	must(gm_database_exec(world.index->database,
		"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT "
		"300)"
		" INSERT INTO view (tree, used, n, skipped, sum, bits)"
		" SELECT randomblob (20), -n, 0, 0, 0, x'00' FROM c"));
	edit(&world, 0, 1);
	assert_int_equal(views(&world), 256);
	world_select(&world);
	assert_list(&world, NULL, "1 2");
	world_close(&world);
}

static void a_view_that_another_process_dropped_is_made_again(void **state)
{
	struct world world;
	struct gm_oid first;
	struct gm_index *other;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "the very first");
	first = world.tree;
	world_select(&world);
	edit(&world, 0, 3);
	must(gm_index_select(world.index, &first, NULL, NULL));
	must(gm_index_open(&other, NULL, world.recall, world.store));
	must(gm_database_exec(other->database,
		"DELETE FROM view WHERE used = (SELECT min (used) FROM view)"));
	must(gm_index_prune(other, NULL, 0));
	gm_index_free(other);
	assert_recall(&world, "first", NULL, "1");
	assert_recall(&world, "version", NULL, "");
	world_close(&world);
}

static void a_revision_that_left_the_store_loses_its_view(void **state)
{
	struct world world;
	char hex[GM_OID_HEX];
	size_t n;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_select(&world);
	edit(&world, 0, 3);
	struct gm_oid old = world.tree;
	edit(&world, 3, 6);
	must(gm_database_exec(world.index->database,
		"DELETE FROM view WHERE used < (SELECT max(used) - 3 FROM view)"));
	gm_oid_format(hex, &old);
	gm_autofree char *file = gm_format("%s/objects/%.2s/%s", world.dir, hex, hex + 2);
	must(gm_unlink(file));
	gm_index_free(gm_steal(&world.index));
	world_open_store(&world); /* one that has not read the tree yet */
	world_open_index(&world);
	must(gm_index_prune(world.index, NULL, 0));
	assert_int_equal(gm_index_has(world.index, &old, &n), 0);
	assert_int_equal(views(&world), 3);
	world_select(&world);
	assert_recall(&world, "version", NULL, "1");
	world_close(&world);
}

/* 10100 of them, which are of no view. */
static void add_dead_rows(struct world *world)
{
	struct gm_database *database = world->index->database;
	gm_autosealing sealing = GM_SEALING_INIT(database);

	must(gm_database_begin(database, 0));
	for (int i = 0; i < 10100; i++)
		must(gm_sealing_add(&sealing, NULL, 0));
	must(gm_sealing_flush(&sealing));
	must(gm_database_exec(database,
		"WITH RECURSIVE c (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c"
		" LIMIT 10100) INSERT INTO memory"
		" (row, place, blob, path, id, tail, created, sum) SELECT"
		" n, n, x'00', 'p', x'00', 0, 1, 0 FROM c"));
	must(gm_database_commit(database));
}

static void an_index_of_mostly_dead_rows_shrinks_by_itself(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_add(&world, 1, "one");
	world_select(&world);
	add_dead_rows(&world);
	assert_int_equal(rows(&world), 10101);
	world_select(&world);
	assert_int_equal(rows(&world), 10101);
	world_add(&world, 2, "two");
	world_select(&world);
	assert_int_equal(rows(&world), 2);
	assert_recall(&world, "two one", NULL, "2 1");
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_views_used_last_and_the_named_ones_are_kept),
		cmocka_unit_test(few_dead_rows_are_let_be),
		cmocka_unit_test(views_never_grow_beyond_a_bound),
		cmocka_unit_test(a_view_that_another_process_dropped_is_made_again),
		cmocka_unit_test(a_revision_that_left_the_store_loses_its_view),
		cmocka_unit_test(an_index_of_mostly_dead_rows_shrinks_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
