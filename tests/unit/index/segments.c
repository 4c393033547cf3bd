#include "tests/unit/index/segments.h"

#include "index/merging.h"

static int64_t pending(struct world *world)
{
	int64_t out;

	must(gm_database_number(
		&out, world->index->database, "SELECT count(*) FROM pending"));
	return out;
}

static void every_memory_is_in_a_segment(void **state)
{
	static const unsigned sizes[] = {1, 2, 31, 32, 33, 64, 100, 257};
	(void)state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct world world;
		world_open(&world);
		add_tea(&world, 0, sizes[i]);
		world_select(&world);
		struct look look = look_for(&world, "tea");
		assert_int_equal(look.n, sizes[i]);
		assert_int_equal(look.n_segments, 1);
		assert_int_equal(look.n_documents, sizes[i]);
		assert_int_equal(look.total_length, 2 * sizes[i]);
		assert_int_equal(count_word(&world, "number0"), 1);
		assert_int_equal(count_word(&world, "number300"), 0);
		world_close(&world);
	}
}

static void an_empty_index_has_no_segments(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	world_select(&world);
	struct look look = look_for(&world, "tea");
	assert_int_equal(look.n, 0);
	assert_int_equal(look.n_segments, 0);
	assert_int_equal(look.n_documents, 0);
	world_close(&world);
}

static void a_few_memories_wait_and_are_found(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	for (unsigned i = 0; i < 70; i++) {
		follow_tea(&world, i, i + 1);
		assert_int_equal(count_word(&world, "tea"), i + 1);
	}
	assert_int_equal(pending(&world), 70 % 32);
	assert_int_equal(look_for(&world, "tea").n_segments, 3);
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	world_select(&world);
	assert_int_equal(count_word(&world, "tea"), 70);
	world_close(&world);
}

static void a_large_memory_does_not_wait(void **state)
{
	struct world world;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	(void)state;

	for (unsigned i = 0; i < 30000; i++)
		must(gm_buf_printf(&text, "tea%u ", i));
	world_open(&world);
	follow_tea(&world, 0, 3);
	assert_int_equal(pending(&world), 3);
	world_add(&world, 3, gm_buf_str(&text));
	world_select(&world);
	assert_int_equal(pending(&world), 0);
	assert_int_equal(count_word(&world, "tea29999"), 1);
	assert_int_equal(count_word(&world, "tea"), 4);
	world_close(&world);
}

static void segments_of_a_size_are_merged(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 7 * 32);
	assert_int_equal(look_for(&world, "tea").n_segments, 7);
	follow_tea(&world, 7 * 32, 8 * 32);
	assert_int_equal(look_for(&world, "tea").n_segments, 1);
	assert_int_equal(count_word(&world, "tea"), 8 * 32);
	follow_tea(&world, 8 * 32, 9 * 32 + 1);
	struct look look = look_for(&world, "tea");
	assert_int_equal(look.n_segments, 3);
	assert_int_equal(look.n, 9 * 32 + 1);
	assert_int_equal(look.n_documents, 9 * 32 + 1);
	world_close(&world);
}

static void merged_files_are_removed_by_the_next_writer(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 8 * 32);
	assert_int_equal(look_into(&world).n, 9);
	follow_tea(&world, 8 * 32, 8 * 32 + 1);
	assert_int_equal(look_into(&world).n, 1);
	world_close(&world);
}

static void all_segments_become_one_when_asked_for(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 3 * 32 + 5);
	assert_int_equal(look_for(&world, "tea").n_segments, 4);
	must(gm_index_merge_large(world.index->database, true));
	assert_int_equal(look_for(&world, "tea").n_segments, 2);
	assert_int_equal(count_word(&world, "tea"), 3 * 32 + 5);
	follow_tea(&world, 3 * 32 + 5, 3 * 32 + 6);
	assert_int_equal(look_into(&world).n, 1);
	assert_int_equal(count_word(&world, "tea"), 3 * 32 + 6);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

static void a_large_segment_is_left_alone_for_a_few_rows(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	add_tea(&world, 0, 600);
	world_select(&world);
	follow_tea(&world, 600, 664);
	assert_int_equal(look_for(&world, "tea").n_segments, 3);
	must(gm_index_merge_large(world.index->database, false));
	assert_int_equal(look_for(&world, "tea").n_segments, 2);
	add_tea(&world, 664, 700);
	world_select(&world);
	must(gm_index_merge_large(world.index->database, false));
	assert_int_equal(look_for(&world, "tea").n_segments, 1);
	assert_int_equal(count_word(&world, "tea"), 700);
	assert_int_equal(look_into(&world).n, 1);
	world_close(&world);
}

/* A question that is about to be asked when another process merges what it needs. */
struct late {
	struct world *world;
	struct look look;
	int calls;
};

static int ask_late(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct late *late = payload;

	if (!late->calls++) {
		struct world other = *late->world;
		other.index = NULL;
		world_open_index(&other);
		must(gm_index_merge_large(other.index->database, true));
		follow_tea(&other, 64, 65);
		gm_index_free(other.index);
	}
	return look_on(index, view, &late->look);
}

static void a_file_that_was_merged_meanwhile_is_found_elsewhere(void **state)
{
	struct world world;
	struct late late = {&world, {.word = "tea"}, 0};
	int64_t before, after;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 64);
	must(gm_database_number(
		&before, world.index->database, "SELECT generation FROM state"));
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	world_select(&world);
	must(gm_index_query(world.index, ask_late, &late));
	assert_int_equal(late.calls, 2);
	assert_int_equal(late.look.n, 64);
	must(gm_database_number(
		&after, world.index->database, "SELECT generation FROM state"));
	assert_true(before == after); /* nothing was taken for damage */
	world_close(&world);
}

static void what_was_open_stays_good_when_others_merge(void **state)
{
	struct world world, other;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 64);
	assert_int_equal(count_word(&world, "tea"), 64);
	other = world;
	world_open_index(&other);
	must(gm_index_merge_large(other.index->database, true));
	follow_tea(&other, 64, 65);
	assert_int_equal(look_into(&world).n, 1);
	assert_int_equal(count_word(&world, "tea"), 64);
	gm_index_free(other.index);
	world_close(&world);
}

static void an_index_in_memory_has_its_segments_there(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 70);
	gm_index_free(gm_steal(&world.index));
	world_open_index(&world);
	/* Another process writes for long. */
	struct world writer = world;
	world_open_index(&writer);
	must(gm_database_begin(writer.index->database, 0));
	add_tea(&world, 70, 150);
	world_select(&world);
	assert_true(world.index->database->in_memory);
	assert_int_equal(look_into(&world).n, 2);
	assert_int_equal(count_word(&world, "tea"), 150);
	assert_int_equal(count_word(&world, "number149"), 1);
	gm_database_rollback(writer.index->database);
	gm_index_free(writer.index);
	world_close(&world);
}

static void pruning_makes_segments_of_what_is_left(void **state)
{
	struct world world;
	(void)state;

	world_open(&world);
	follow_tea(&world, 0, 100);
	for (unsigned i = 0; i < 80; i++) {
		world_remove(&world, i);
		world_select(&world);
	}
	assert_int_equal(count_word(&world, "tea"), 20);
	must(gm_index_prune(world.index, NULL, 0));
	assert_int_equal(count_word(&world, "tea"), 20);
	assert_int_equal(look_for(&world, "tea").n_documents, 83);
	must(gm_index_check(world.index, world_no_fault, NULL));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_memory_is_in_a_segment),
		cmocka_unit_test(an_empty_index_has_no_segments),
		cmocka_unit_test(a_few_memories_wait_and_are_found),
		cmocka_unit_test(a_large_memory_does_not_wait),
		cmocka_unit_test(segments_of_a_size_are_merged),
		cmocka_unit_test(merged_files_are_removed_by_the_next_writer),
		cmocka_unit_test(all_segments_become_one_when_asked_for),
		cmocka_unit_test(a_large_segment_is_left_alone_for_a_few_rows),
		cmocka_unit_test(a_file_that_was_merged_meanwhile_is_found_elsewhere),
		cmocka_unit_test(what_was_open_stays_good_when_others_merge),
		cmocka_unit_test(an_index_in_memory_has_its_segments_there),
		cmocka_unit_test(pruning_makes_segments_of_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
