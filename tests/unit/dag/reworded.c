#include "dag/reworded.h"

#include <stdio.h>

#include "tests/unit/dag/memory_repo.h"

/* A tree before and one behind, made of memories without keys. */
struct world {
	struct memory_repo *repo;
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_oid old_tree, new_tree;
	struct gm_record_deltas deltas;
};

static void world_begin(struct world *world, struct memory_repo *repo)
{
	*world = (struct world){.repo = repo, .store = gm_repo_store(repo->repo)};
	must(gm_batch_begin(&world->batch, world->store));
	world->old_tree = world->new_tree = gm_oid_empty_tree;
}

static void world_end(struct world *world)
{
	gm_record_deltas_dispose(&world->deltas);
	gm_batch_free(world->batch);
}

static void put(struct world *world, struct gm_oid *tree, unsigned n, const char *content)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE), path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_tree_change change = {.path = NULL};

	make_memory(&record, n, NULL, content, 0);
	must(gm_record_encode(&bytes, &record));
	must(gm_record_path(&path, &record));
	change.path = gm_buf_str(&path);
	must(gm_batch_write(
		&change.oid, world->batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size));
	must(gm_tree_update(tree, world->batch, tree, &change, 1));
}

static int find(struct world *world)
{
	must(gm_batch_commit(world->batch));
	must(gm_record_diff(
		&world->deltas, world->store, &world->old_tree, &world->new_tree));
	return gm_find_reworded(&world->deltas, world->store, NULL);
}

static const struct gm_record_delta *delta_of(const struct world *world, unsigned n)
{
	char id[GM_UUID_TEXT];

	(void)snprintf(id, sizeof(id), "018f0000-0000-7000-8000-%012x", n);
	for (size_t i = 0; i < world->deltas.n; i++)
		if (!strcmp(world->deltas.items[i].id, id))
			return &world->deltas.items[i];
	fail_msg("no delta of memory %u", n);
	return NULL;
}

static void assert_pair(
	const struct world *world, unsigned removed, unsigned added, unsigned similarity)
{
	const struct gm_record_delta *old = delta_of(world, removed);
	const struct gm_record_delta *new = delta_of(world, added);

	assert_int_equal(old->status, 'D');
	assert_int_equal(new->status, 'A');
	assert_ptr_equal(old->reworded, new);
	assert_ptr_equal(new->reworded, old);
	assert_int_equal(old->similarity, similarity);
	assert_int_equal(new->similarity, similarity);
}

static void one_that_says_nearly_the_same_is_reworded(void **state)
{
	struct world world;

	world_begin(&world, *state);
	put(&world, &world.old_tree, 1, "aaaaa bbbbb ccccc ddddd");
	put(&world, &world.old_tree, 2, "something else stays");
	put(&world, &world.new_tree, 2, "something else changes");
	put(&world, &world.new_tree, 3, "aaaaa\nbbbbb ccccc eeeee");
	put(&world, &world.new_tree, 4, "this one is quite new");
	assert_int_equal(find(&world), 0);
	assert_pair(&world, 1, 3, 75);
	assert_null(delta_of(&world, 2)->reworded);
	assert_null(delta_of(&world, 4)->reworded);
	world_end(&world);
}

static void the_most_alike_are_paired_first(void **state)
{
	struct world world;

	world_begin(&world, *state);
	put(&world, &world.old_tree, 1, "a b c d e f g h i j");
	put(&world, &world.old_tree, 2, "a b c d e f g h i x");
	put(&world, &world.new_tree, 3, "a b c d e f g h i x");
	put(&world, &world.new_tree, 4, "a b c d e f y z i x");
	assert_int_equal(find(&world), 0);
	assert_pair(&world, 2, 3, 100);
	assert_pair(&world, 1, 4, 70);
	world_end(&world);
}

static void less_than_sixty_percent_are_two_memories(void **state)
{
	struct world world;

	world_begin(&world, *state);
	put(&world, &world.old_tree, 1, "a b c d e f g h i j");
	put(&world, &world.new_tree, 2, "a b c d e 1 2 3 4 5");
	put(&world, &world.new_tree, 3, "a b c d e f g h i j and then much that is new");
	put(&world, &world.old_tree, 4, "");
	put(&world, &world.new_tree, 5, "");
	assert_int_equal(find(&world), 0);
	for (size_t i = 0; i < world.deltas.n; i++)
		assert_null(world.deltas.items[i].reworded);
	world_end(&world);
}

/* A word that stands twice in one text and once in the other is common once. */
static void words_count_as_often_as_both_have_them(void **state)
{
	struct world world;

	world_begin(&world, *state);
	put(&world, &world.old_tree, 1, "x x x x x x x x x x");
	put(&world, &world.new_tree, 2, "x x x x x x x a b c");
	assert_int_equal(find(&world), 0);
	assert_pair(&world, 1, 2, 70);
	world_end(&world);
}

static void equal_pairs_are_settled_by_their_paths(void **state)
{
	struct world world;

	world_begin(&world, *state);
	for (unsigned i = 1; i <= 5; i++) {
		put(&world, &world.old_tree, i, "every one of them says this");
		put(&world, &world.new_tree, 10 + i, "every one of them says this");
	}
	assert_int_equal(find(&world), 0);
	const struct gm_record_delta *last_old = NULL, *last_new = NULL;
	for (size_t i = 0; i < world.deltas.n; i++) {
		const struct gm_record_delta *delta = &world.deltas.items[i];
		assert_non_null(delta->reworded);
		if (delta->status != 'D')
			continue;
		assert_true(!last_old || strcmp(last_old->path, delta->path) < 0);
		assert_true(
			!last_new || strcmp(last_new->path, delta->reworded->path) < 0);
		last_old = delta;
		last_new = delta->reworded;
	}
	world_end(&world);
}

static void too_many_are_not_looked_through(void **state)
{
	struct world world;

	world_begin(&world, *state);
	put(&world, &world.old_tree, 0, "says this");
	for (unsigned i = 1; i <= 1001; i++)
		put(&world, &world.new_tree, i, "says this");
	assert_int_equal(find(&world), 1);
	assert_null(delta_of(&world, 0)->reworded);
	world_end(&world);
}

static void too_long_ones_are_not_looked_through(void **state)
{
	struct world world;
	gm_autobuf long_text = GM_BUF_INIT(GM_BUF_LARGE);

	while (long_text.size < GM_RECORD_MAX_CONTENT - 64)
		must(gm_buf_puts(&long_text, "as many words as a memory may hold "));
	world_begin(&world, *state);
	put(&world, &world.old_tree, 0, "short");
	for (unsigned i = 1; i <= 17; i++)
		put(&world, &world.new_tree, i, gm_buf_str(&long_text));
	assert_int_equal(find(&world), 1);
	assert_null(delta_of(&world, 0)->reworded);
	world_end(&world);
}

int main(void)
{
#define WITH_REPO(test) \
	cmocka_unit_test_setup_teardown(test, memory_repo_setup, memory_repo_teardown)
	const struct CMUnitTest tests[] = {
		WITH_REPO(one_that_says_nearly_the_same_is_reworded),
		WITH_REPO(the_most_alike_are_paired_first),
		WITH_REPO(less_than_sixty_percent_are_two_memories),
		WITH_REPO(words_count_as_often_as_both_have_them),
		WITH_REPO(equal_pairs_are_settled_by_their_paths),
		WITH_REPO(too_many_are_not_looked_through),
		WITH_REPO(too_long_ones_are_not_looked_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
