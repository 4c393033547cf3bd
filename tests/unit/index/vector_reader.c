#include <string.h>

#include "base/file.h"
#include "index/vector_query.h"
#include "index/vector_reader.h"
#include "tests/unit/index/vectors.h"

/* A row takes 576 bytes: so many are a large segment. */
#define DIMS 384
#define ROWS ((size_t)30001)
#define FIRST 7

struct world {
	char *dir;
	struct gm_vector_segment *segment; /* mapped */
	float *vectors;
};

static void set_up(struct world *world, size_t n)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	world->dir = scratch_new();
	gm_autofree char *path = gm_path_join(world->dir, "a.vectors");
	world->vectors = draw_vectors(5, n, DIMS);
	make_vector_bytes(&bytes, 1, FIRST, world->vectors, n, DIMS);
	scratch_write(world->dir, "a.vectors", bytes.ptr, bytes.size);
	world->segment = NULL;
	must(gm_vector_segment_open(&world->segment, path));
}

static void tear_down(struct world *world)
{
	gm_vector_segment_free(world->segment);
	gm_free(world->vectors);
	scratch_remove(world->dir);
}

static void rows_of_large_segments_are_copied(void **state)
{
	struct world world;
	gm_cleanup(gm_vector_reader_free_p) struct gm_vector_reader *reader = NULL;
	uint64_t random = 9;

	(void)state;
	set_up(&world, ROWS);
	must(gm_vector_reader_new(&reader, DIMS));
	for (size_t i = 0; i < 3000; i++) {
		size_t offset = i < 20 ? ROWS - 1 - i : (draw(&random) >> 20) % ROWS;
		const int8_t *expected = gm_vector_codes(world.segment, offset);
		size_t size = world.segment->layout.row_size;
		const int8_t *row = gm_vector_reader_row(reader, world.segment, offset);
		assert_ptr_not_equal(row, expected);
		assert_memory_equal(row, expected, size);
		row = gm_vector_reader_near(reader, world.segment, offset);
		assert_ptr_not_equal(row, expected);
		assert_memory_equal(row, expected, size);
	}
	tear_down(&world);
}

static void rows_of_others_are_used_where_they_are(void **state)
{
	struct world world;
	gm_cleanup(gm_vector_reader_free_p) struct gm_vector_reader *reader = NULL;
	gm_cleanup(gm_vector_reader_free_p) struct gm_vector_reader *narrow = NULL;

	(void)state;
	set_up(&world, 1000);
	must(gm_vector_reader_new(&reader, DIMS));
	const int8_t *codes = gm_vector_codes(world.segment, 999);
	assert_ptr_equal(gm_vector_reader_row(reader, world.segment, 999), codes);
	assert_ptr_equal(gm_vector_reader_near(reader, world.segment, 999), codes);
	tear_down(&world);

	set_up(&world, ROWS);
	must(gm_vector_reader_new(&narrow, DIMS / 2));
	codes = gm_vector_codes(world.segment, 999);
	assert_ptr_equal(gm_vector_reader_row(narrow, world.segment, 999), codes);
	assert_ptr_equal(gm_vector_reader_near(narrow, world.segment, 999), codes);
	tear_down(&world);
}

static void answers_are_the_same_when_rows_are_read(void **state)
{
	struct world world;
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	gm_autovectorhits mapped = GM_VECTOR_HITS_INIT;
	gm_autovectorhits read = GM_VECTOR_HITS_INIT;
	float sums[2][DIMS] = {{0}};

	(void)state;
	set_up(&world, ROWS);
	must(gm_vector_query_new(&query, world.vectors, DIMS));
	must(gm_vector_search(&mapped, &world.segment, 1, query, NULL, 50));
	gm_vector_add(world.segment, FIRST + 5, .5F, sums[0], query);
	must(gm_vector_query_read(query, true));
	must(gm_vector_search(&read, &world.segment, 1, query, NULL, 50));
	gm_vector_add(world.segment, FIRST + 5, .5F, sums[1], query);
	assert_int_equal(read.n, 50);
	for (size_t i = 0; i < read.n; i++) {
		assert_int_equal(read.items[i].row, mapped.items[i].row);
		assert_float_equal(read.items[i].cosine, mapped.items[i].cosine, 0);
	}
	assert_memory_equal(sums[0], sums[1], sizeof(sums[0]));
	tear_down(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_large_segments_are_copied),
		cmocka_unit_test(rows_of_others_are_used_where_they_are),
		cmocka_unit_test(answers_are_the_same_when_rows_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
