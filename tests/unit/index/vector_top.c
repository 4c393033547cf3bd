#include "tests/unit/index/vectors.h"

#include <math.h>
#include <stdlib.h>

#include "index/vector_top.h"

static int compare(const void *a, const void *b)
{
	const struct gm_vector_candidate *x = a;
	const struct gm_vector_candidate *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Scores of which many are equal, some of them infinite. */
static void draw_candidates(struct gm_vector_candidate *out, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t number = draw(&seed) >> 30;
		out[i].row = (uint32_t)i * 3;
		out[i].score =
			number % 50 == 0 ? INFINITY : (float)(number % 101) - 50.5f;
	}
}

#define N 1000

static void the_best_are_kept_and_of_equal_ones_the_first(void **state)
{
	struct gm_vector_candidate all[N];

	(void)state;
	for (size_t keep = 1; keep < N + 100; keep = keep * 3 / 2 + 1) {
		gm_autotop top;
		size_t n = keep < N ? keep : N;
		draw_candidates(all, N, keep);
		must(gm_vector_top_init(&top, keep));
		for (size_t i = 0; i < N; i++)
			gm_vector_top_put(&top, all[i].score, all[i].row);
		gm_vector_top_cut(&top);
		assert_int_equal(top.n, n);
		for (size_t i = 1; i < n; i++)
			assert_true(top.items[i - 1].row < top.items[i].row);
		qsort(all, N, sizeof(*all), compare);
		qsort(top.items, n, sizeof(*all), compare);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(top.items[i].row, all[i].row);
			assert_float_equal(gm_vector_top_nth(&top, i), all[i].score, 0);
		}
	}
}

static void what_is_taken_is_the_best_of_what_is_left(void **state)
{
	struct gm_vector_candidate all[N];
	struct gm_vector_candidate got[N];
	size_t n = 0;
	gm_autotop top;

	(void)state;
	draw_candidates(all, N, 77);
	must(gm_vector_top_init(&top, N));
	for (size_t i = 0; i < N; i++)
		gm_vector_top_put(&top, all[i].score, all[i].row);
	qsort(all, N, sizeof(*all), compare);
	for (size_t size = 1; n < N; size += 40) {
		size_t taken = gm_vector_top_take(got + n, size, &top);
		assert_int_equal(taken, size < N - n ? size : N - n);
		for (size_t i = 1; i < taken; i++)
			assert_true(got[n + i - 1].row < got[n + i].row);
		qsort(got + n, taken, sizeof(*got), compare);
		n += taken;
	}
	assert_int_equal(gm_vector_top_take(got, 5, &top), 0);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(got[i].row, all[i].row);
}

static void what_is_no_number_is_not_among_the_best(void **state)
{
	gm_autotop top;

	(void)state;
	must(gm_vector_top_init(&top, 2));
	gm_vector_top_put(&top, NAN, 1);
	gm_vector_top_put(&top, -1, 2);
	gm_vector_top_put(&top, NAN, 3);
	gm_vector_top_cut(&top);
	assert_int_equal(top.n, 1);
	assert_int_equal(top.items[0].row, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_are_kept_and_of_equal_ones_the_first),
		cmocka_unit_test(what_is_taken_is_the_best_of_what_is_left),
		cmocka_unit_test(what_is_no_number_is_not_among_the_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
