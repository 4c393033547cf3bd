#include "tests/unit/index/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "index/vector_query.h"

#define DIMS 96
#define N_ITEMS 3

/* Segments of many rows from row 1 on, and the exact cosines of a query with each. */
struct world {
	size_t n;
	float *vectors;
	struct gm_vector_segment *items[N_ITEMS];
	struct gm_vector_query *query;
	float *exact;
};

static float exact_cosine(const float *a, const float *b)
{
	double dot = 0;
	double aa = 0;
	double bb = 0;

	for (size_t i = 0; i < DIMS; i++) {
		dot += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return aa > 0 ? (float)(dot / sqrt(aa * bb)) : 0;
}

static void world_open(struct world *out, size_t n)
{
	size_t cuts[N_ITEMS + 1] = {0, n / 2 + 13, n - 100, n};

	out->n = n;
	out->vectors = draw_vectors(n, n + 1, DIMS);
	out->exact = gm_malloc(n * sizeof(*out->exact));
	assert_non_null(out->exact);
	/* Some rows have none. */
	for (size_t i = 5; i < n; i += 777)
		memset(out->vectors + i * DIMS, 0, DIMS * sizeof(float));
	for (size_t i = 0; i < N_ITEMS; i++)
		out->items[i] = make_vectors(1 + (int64_t)cuts[i],
			out->vectors + cuts[i] * DIMS, cuts[i + 1] - cuts[i], DIMS);
	const float *q = out->vectors + n * DIMS;
	must(gm_vector_query_new(&out->query, q, DIMS));
	for (size_t i = 0; i < n; i++)
		out->exact[i] = exact_cosine(out->vectors + i * DIMS, q);
}

static void world_close(struct world *world)
{
	for (size_t i = 0; i < N_ITEMS; i++)
		gm_vector_segment_free(world->items[i]);
	gm_vector_query_free(world->query);
	gm_free(world->vectors);
	gm_free(world->exact);
}

/* How many of `rows` (NULL: all) have a cosine above `limit`. */
static size_t count_above(
	const struct world *world, const struct gm_bitmap *rows, float limit)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n; i++)
		n += world->exact[i] > limit &&
			(!rows || gm_bitmap_test(rows, 1 + (int64_t)i));
	return n;
}

/* The k nearest, of which at most `missed` are not, and their cosines in order. */
static void check_search(
	const struct world *world, const struct gm_bitmap *rows, size_t k, size_t missed)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	size_t wrong = 0;

	must(gm_vector_search(&hits, world->items, N_ITEMS, world->query, rows, k));
	assert_int_equal(hits.n, k);
	for (size_t i = 0; i < k; i++) {
		float exact = world->exact[hits.items[i].row - 1];
		assert_float_equal(hits.items[i].cosine, exact, 3e-4);
		wrong += count_above(world, rows, exact + 3e-4f) >= k;
		if (rows)
			assert_true(gm_bitmap_test(rows, hits.items[i].row));
		if (i > 0)
			assert_true(hits.items[i - 1].cosine >= hits.items[i].cosine);
	}
	assert_in_range(wrong, 0, missed);
}

static void of_few_rows_the_nearest_are_found(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 1000);
	check_search(&world, NULL, 1, 0);
	check_search(&world, NULL, 10, 0);
	check_search(&world, NULL, 500, 0);
	world_close(&world);
}

static void of_many_rows_the_nearest_are_found(void **state)
{
	struct world world;

	(void)state;
	world_open(&world, 20000);
	check_search(&world, NULL, 1, 0);
	check_search(&world, NULL, 10, 0);
	check_search(&world, NULL, 200, 2);
	world_close(&world);
}

static void only_the_rows_asked_for_are_found(void **state)
{
	gm_autobitmap few = GM_BITMAP_INIT;
	gm_autobitmap many = GM_BITMAP_INIT;
	gm_autobitmap others = GM_BITMAP_INIT;
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	struct world world;

	(void)state;
	world_open(&world, 20000);
	for (int64_t row = 1; row <= 20000; row++) {
		if (row % 97 == 0)
			must(gm_bitmap_set(&few, row));
		if (row % 7 != 0)
			must(gm_bitmap_set(&many, row));
	}
	check_search(&world, &few, 10, 0);
	check_search(&world, &many, 10, 0);
	check_search(&world, &many, 200, 2);
	must(gm_bitmap_set(&others, 20001));
	must(gm_bitmap_set(&others, 6)); /* this one has no vector */
	must(gm_vector_search(&hits, world.items, N_ITEMS, world.query, &others, 5));
	assert_int_equal(hits.n, 0);
	world_close(&world);
}

static void more_than_there_are_is_all_there_are(void **state)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	struct world world;

	(void)state;
	world_open(&world, 500);
	must(gm_vector_search(&hits, world.items, N_ITEMS, world.query, NULL, SIZE_MAX));
	assert_int_equal(hits.n, 499);
	must(gm_vector_search(&hits, world.items, N_ITEMS, world.query, NULL, 0));
	assert_int_equal(hits.n, 0);
	must(gm_vector_search(&hits, NULL, 0, world.query, NULL, 10));
	assert_int_equal(hits.n, 0);
	world_close(&world);
}

static void all_levels_find_the_same(void **state)
{
	static const char *const names[] = {"avx2", "avx512"};
	gm_autovectorhits expected = GM_VECTOR_HITS_INIT;
	size_t n = 20000;
	struct world world;

	(void)state;
	assert_int_equal(setenv("GITMEM_KERNELS", "scalar", 1), 0);
	world_open(&world, n);
	must(gm_vector_search(&expected, world.items, N_ITEMS, world.query, NULL, 50));
	for (size_t i = 0; i < 2; i++) {
		gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
		gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
		assert_int_equal(setenv("GITMEM_KERNELS", names[i], 1), 0);
		must(gm_vector_query_new(&query, world.vectors + n * DIMS, DIMS));
		must(gm_vector_search(&hits, world.items, N_ITEMS, query, NULL, 50));
		assert_int_equal(hits.n, expected.n);
		for (size_t j = 0; j < hits.n; j++) {
			assert_int_equal(hits.items[j].row, expected.items[j].row);
			assert_memory_equal(&hits.items[j].cosine,
				&expected.items[j].cosine, sizeof(float));
		}
	}
	assert_int_equal(unsetenv("GITMEM_KERNELS"), 0);
	world_close(&world);
}

static void segments_that_are_missing_are_passed_over(void **state)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	struct world world;

	(void)state;
	world_open(&world, 20000);
	struct gm_vector_segment *items[] = {NULL, world.items[0], NULL, world.items[2]};
	must(gm_vector_search(&hits, items, 4, world.query, NULL, 100));
	assert_int_equal(hits.n, 100);
	for (size_t i = 0; i < hits.n; i++)
		assert_true(hits.items[i].row <= 10013 || hits.items[i].row > 19900);
	world_close(&world);
}

static void segments_that_do_not_fit_are_refused(void **state)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *other = NULL;
	const float q[8] = {1};
	struct world world;

	(void)state;
	world_open(&world, 500);
	must(gm_vector_query_new(&other, q, 8));
	assert_int_equal(gm_vector_search(&hits, world.items, N_ITEMS, other, NULL, 1),
		GM_EINVALID);
	struct gm_vector_segment *turned[] = {world.items[1], world.items[0]};
	assert_int_equal(
		gm_vector_search(&hits, turned, 2, world.query, NULL, 1), GM_EINVALID);
	assert_int_equal(gm_vector_query_new(&other, q, 0), GM_EINVALID);
	assert_int_equal(gm_vector_query_new(&other, q, 4097), GM_EINVALID);
	world_close(&world);
}

/* What follows the header may be anything: answers are wrong then, and nothing else. */
static void any_bytes_can_be_searched(void **state)
{
	gm_autofree float *vectors = draw_vectors(1, 9001, DIMS);
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	struct gm_buf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment = NULL;
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	uint64_t random = 3;

	(void)state;
	must(gm_vector_query_new(&query, vectors, DIMS));
	make_vector_bytes(&bytes, 1, 1, vectors, 9001, DIMS);
	for (size_t i = 128; i < bytes.size; i++)
		bytes.ptr[i] = (char)(draw(&random) >> 24);
	must(gm_vector_segment_take(&segment, &bytes));
	must(gm_vector_search(&hits, &segment, 1, query, NULL, 50));
	for (size_t i = 0; i < hits.n; i++) {
		assert_in_range(hits.items[i].row, 1, 9001);
		assert_true(isfinite(hits.items[i].cosine));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_few_rows_the_nearest_are_found),
		cmocka_unit_test(of_many_rows_the_nearest_are_found),
		cmocka_unit_test(only_the_rows_asked_for_are_found),
		cmocka_unit_test(more_than_there_are_is_all_there_are),
		cmocka_unit_test(all_levels_find_the_same),
		cmocka_unit_test(segments_that_are_missing_are_passed_over),
		cmocka_unit_test(segments_that_do_not_fit_are_refused),
		cmocka_unit_test(any_bytes_can_be_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
