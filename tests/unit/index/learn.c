#include "tests/unit/index/world.h"

#include "index/digest.h"
#include "index/internal.h"
#include "index/learn.h"
#include "index/segments.h"

static struct gm_record record_of(unsigned n)
{
	static const char *const things[] = {"tea kettle", "coffee mill", "soup pot",
		"bread oven", "fish knife", "salad bowl"};
	char text[64];

	(void)snprintf(text, sizeof(text), "The %s is number %u", things[n % 6], n);
	return world_record(n, text);
}

/* All of them at once, as each flush of the disk takes its time. */
static void add_some(struct world *world, unsigned first, unsigned n)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_autostrv paths = GM_STRV_INIT;
	gm_autofree struct gm_tree_change *changes = gm_calloc(n, sizeof(*changes));

	assert_non_null(changes);
	must(gm_batch_begin(&batch, world->store));
	for (unsigned i = 0; i < n; i++) {
		gm_autorecord record = record_of(first + i);
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

		must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
		must(gm_record_encode(&bytes, &record));
		must(gm_record_path(&path, &record));
		must(gm_strv_add(&paths, gm_buf_str(&path)));
		changes[i].mode = GM_MODE_FILE;
		must(gm_batch_write(
			&changes[i].oid, batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size));
	}
	for (unsigned i = 0; i < n; i++)
		changes[i].path = paths.items[i];
	must(gm_tree_update(&world->tree, batch, &world->tree, changes, n));
	must(gm_batch_commit(batch));
	world_select(world);
}

static int learn(struct world *world, enum gm_learn_when when)
{
	int rc = gm_index_learn(world->index, when, NULL);

	if (rc < 0)
		must(rc);
	return rc;
}

/* Memories whose vectors are not made, of how many. */
static size_t without_vectors(size_t *n_out, struct world *world)
{
	const struct gm_segments *segments = NULL;

	must(gm_database_begin_read(world->index->database));
	must(gm_segments_get(&segments, world->index));
	gm_database_rollback(world->index->database);
	*n_out = segments->n_documents;
	return segments->n_without_vectors;
}

static void too_few_are_not_learned_from(void **state)
{
	struct world world;
	struct gm_learned learned;

	(void)state;
	world_open(&world);
	add_some(&world, 0, 20);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 0);
	assert_int_equal(learn(&world, GM_LEARN_ANEW), 0);
	must(gm_index_learned(&learned, world.index));
	assert_int_equal(learned.memories, 20);
	assert_int_equal(learned.learned, 0);
	assert_false(learned.is_due);
	world_close(&world);
}

static void it_is_learned_when_it_is_due(void **state)
{
	struct world world;
	struct gm_learned learned;
	size_t n;

	(void)state;
	world_open(&world);
	add_some(&world, 0, 140);
	must(gm_index_learned(&learned, world.index));
	assert_true(learned.is_due);
	assert_int_equal(without_vectors(&n, &world), 140);
	assert_int_equal(learn(&world, GM_LEARN_QUICK), 1);
	assert_int_equal(without_vectors(&n, &world), 0);
	must(gm_index_learned(&learned, world.index));
	assert_int_equal(learned.memories, 140);
	assert_int_equal(learned.learned, 140);
	assert_int_equal(learned.dims, 64);
	assert_false(learned.is_due);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 0);
	assert_int_equal(learn(&world, GM_LEARN_ANEW), 1);
	world_close(&world);
}

static void what_comes_later_has_vectors_too(void **state)
{
	struct world world;
	struct gm_learned learned;
	size_t n;

	(void)state;
	world_open(&world);
	add_some(&world, 0, 130);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 1);
	add_some(&world, 130, 20);
	assert_int_equal(without_vectors(&n, &world), 0);
	assert_int_equal(n, 150);
	must(gm_index_learned(&learned, world.index));
	assert_false(learned.is_due);
	add_some(&world, 150, 20);
	must(gm_index_learned(&learned, world.index));
	assert_true(learned.is_due);
	assert_int_equal(learned.memories, 170);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 1);
	assert_int_equal(without_vectors(&n, &world), 0);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void vectors_that_are_missing_are_made(void **state)
{
	struct world world;
	size_t n;

	(void)state;
	world_open(&world);
	add_some(&world, 0, 140);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 1);
	must(gm_database_exec(world.index->database,
		"UPDATE segment SET vectors = NULL;"
		"UPDATE state SET manifest = manifest + 1;"));
	assert_true(without_vectors(&n, &world) >= 128);
	assert_int_equal(learn(&world, GM_LEARN_DUE), 0);
	assert_int_equal(without_vectors(&n, &world), 0);
	world_close(&world);
}

/* The index of another process that has it open meanwhile. */
static void a_second_process_sees_the_new_model(void **state)
{
	struct world world;
	struct gm_index *ours;
	size_t n;

	(void)state;
	world_open(&world);
	add_some(&world, 0, 140);
	ours = world.index;
	world_open_index(&world);
	assert_int_equal(without_vectors(&n, &world), 140);
	struct gm_index *theirs = world.index;
	world.index = ours;
	assert_int_equal(learn(&world, GM_LEARN_DUE), 1);
	world.index = theirs;
	assert_int_equal(without_vectors(&n, &world), 0);
	gm_index_free(ours);
	world_close(&world);
}

static void digest(uint8_t out[GM_SHA256_SIZE], struct world *world)
{
	must(gm_index_reset(world->index));
	world_select(world);
	must(gm_index_tidy(world->index, true));
	assert_int_equal(learn(world, GM_LEARN_ANEW), 1);
	must(gm_index_digest(out, world->index));
}

static void equal_repositories_have_equal_digests(void **state)
{
	struct world worlds[2];
	uint8_t digests[3][GM_SHA256_SIZE];

	(void)state;
	world_open(&worlds[0]);
	world_open(&worlds[1]);
	add_some(&worlds[0], 0, 300);
	/* The same tree, another way, with more segments. */
	for (unsigned i = 0; i < 300; i += 150)
		add_some(&worlds[1], 150 - i, 150);
	digest(digests[0], &worlds[0]);
	digest(digests[1], &worlds[1]);
	assert_memory_equal(digests[0], digests[1], GM_SHA256_SIZE);
	add_some(&worlds[1], 7, 1);
	world_add(&worlds[1], 7, "something else");
	world_select(&worlds[1]);
	digest(digests[2], &worlds[1]);
	assert_memory_not_equal(digests[0], digests[2], GM_SHA256_SIZE);
	world_close(&worlds[0]);
	world_close(&worlds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_few_are_not_learned_from),
		cmocka_unit_test(it_is_learned_when_it_is_due),
		cmocka_unit_test(what_comes_later_has_vectors_too),
		cmocka_unit_test(vectors_that_are_missing_are_made),
		cmocka_unit_test(a_second_process_sees_the_new_model),
		cmocka_unit_test(equal_repositories_have_equal_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
