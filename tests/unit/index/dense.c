#include "tests/unit/support.h"

#include <string.h>

#include "index/dense.h"

#define DIMS 192
#define ROWS 301

static uint64_t seed;

static float draw(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (float)(int32_t)(seed >> 32) * 0x1p-31F;
}

static float *draw_matrix(size_t n)
{
	float *out = gm_calloc(n, sizeof(*out));

	assert_non_null(out);
	for (size_t i = 0; i < n; i++)
		out[i] = draw();
	return out;
}

/* What a level makes of some data. */
struct results {
	float gathered[DIMS];
	float scattered[ROWS * DIMS];
	float added[DIMS];
	float nibbles[DIMS];
	double products[DIMS * DIMS];
	float multiplied[ROWS * DIMS];
};

struct data {
	float *x;
	float *v;
	float *w; /* upper triangular */
	uint8_t codes[DIMS / 2];
	uint32_t rows[7];
	float weights[7];
};

static void make_data(struct data *data)
{
	seed = 7;
	data->x = draw_matrix(ROWS * DIMS);
	data->v = draw_matrix(DIMS);
	data->w = draw_matrix(DIMS * DIMS);
	for (size_t a = 0; a < DIMS; a++)
		memset(data->w + a * DIMS, 0, a * sizeof(float));
	for (size_t i = 0; i < DIMS / 2; i++)
		data->codes[i] = (uint8_t)(i * 37);
	for (uint32_t i = 0; i < 7; i++) {
		data->rows[i] = i * 43 % ROWS;
		data->weights[i] = draw();
	}
	data->rows[6] = data->rows[0];
}

static void free_data(struct data *data)
{
	gm_free(data->x);
	gm_free(data->v);
	gm_free(data->w);
}

static void run(
	struct results *out, const struct gm_dense *dense, const struct data *data)
{
	memset(out, 0, sizeof(*out));
	dense->gather(out->gathered, data->x, DIMS, DIMS, data->rows, data->weights, 7);
	dense->scatter(out->scattered, DIMS, DIMS, data->rows, data->weights, 7, data->v);
	dense->add(out->added, 0.3F, data->v, DIMS);
	dense->add_nibbles(out->nibbles, 0.3F, data->codes, DIMS);
	dense->gram(out->products, data->x, ROWS, DIMS);
	memcpy(out->multiplied, data->x, sizeof(out->multiplied));
	dense->multiply(out->multiplied, ROWS, DIMS, data->w);
}

static void near(double found, double expect)
{
	assert_true(found - expect < 1e-4 && expect - found < 1e-4);
}

static int code(const struct data *data, size_t k)
{
	return (k < DIMS / 2 ? data->codes[k] & 15 : data->codes[k - DIMS / 2] >> 4) - 8;
}

static void check_sums(const struct results *found, const struct data *data)
{
	for (size_t k = 0; k < DIMS; k++) {
		double sum = 0;

		for (size_t i = 0; i < 7; i++)
			sum += (double)data->weights[i] *
				data->x[data->rows[i] * DIMS + k];
		near(found->gathered[k], sum);
		near(found->added[k], 0.3 * data->v[k]);
		near(found->nibbles[k], 0.3 * code(data, k));
	}
}

static void check_scattered(const struct results *found, const struct data *data)
{
	for (size_t row = 0; row < ROWS; row++) {
		double weight = 0;

		for (size_t i = 0; i < 7; i++)
			weight += data->rows[i] == row ? data->weights[i] : 0;
		for (size_t k = 0; k < DIMS; k++)
			near(found->scattered[row * DIMS + k], weight * data->v[k]);
	}
}

static void check_products(const struct results *found, const struct data *data)
{
	for (size_t a = 0; a < DIMS; a++)
		for (size_t b = a; b < DIMS; b++) {
			double sum = 0;

			for (size_t i = 0; i < ROWS; i++)
				sum += (double)data->x[i * DIMS + a] *
					data->x[i * DIMS + b];
			near(found->products[a * DIMS + b], sum);
		}
	for (size_t row = 0; row < ROWS; row += 50)
		for (size_t b = 0; b < DIMS; b++) {
			double sum = 0;

			for (size_t a = 0; a < DIMS; a++)
				sum += (double)data->x[row * DIMS + a] *
					data->w[a * DIMS + b];
			near(found->multiplied[row * DIMS + b], sum);
		}
}

static void sums_and_products_are_right(void **state)
{
	struct data data;
	gm_autofree struct results *found = gm_calloc(1, sizeof(*found));

	(void)state;
	assert_non_null(found);
	make_data(&data);
	run(found, gm_dense_named("scalar"), &data);
	check_sums(found, &data);
	check_scattered(found, &data);
	check_products(found, &data);
	free_data(&data);
}

static void all_levels_give_the_same_bits(void **state)
{
	static const char *const names[] = {"avx2", "avx512"};
	struct data data;
	gm_autofree struct results *expect = gm_calloc(1, sizeof(*expect));
	gm_autofree struct results *found = gm_calloc(1, sizeof(*found));

	(void)state;
	assert_non_null(expect);
	assert_non_null(found);
	make_data(&data);
	run(expect, gm_dense_named("scalar"), &data);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct gm_dense *dense = gm_dense_named(names[i]);

		if (!dense)
			continue;
		run(found, dense, &data);
		assert_memory_equal(found, expect, sizeof(*found));
	}
	free_data(&data);
}

static void columns_can_be_worked_on_apart(void **state)
{
	static const struct {
		size_t first;
		size_t n;
	} parts[] = {{0, GM_DENSE_LANES}, {GM_DENSE_LANES, DIMS - GM_DENSE_LANES}};
	const struct gm_dense *dense = gm_dense();
	struct data data;
	gm_autofree struct results *expect = gm_calloc(1, sizeof(*expect));
	gm_autofree struct results *found = gm_calloc(1, sizeof(*found));

	(void)state;
	assert_non_null(expect);
	assert_non_null(found);
	make_data(&data);
	run(expect, dense, &data);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t at = parts[i].first;

		dense->gather(found->gathered + at, data.x + at, DIMS, parts[i].n,
			data.rows, data.weights, 7);
		dense->scatter(found->scattered + at, DIMS, parts[i].n, data.rows,
			data.weights, 7, data.v + at);
	}
	assert_memory_equal(found->gathered, expect->gathered, sizeof(found->gathered));
	assert_memory_equal(
		found->scattered, expect->scattered, sizeof(found->scattered));
	free_data(&data);
}

static void a_level_that_is_none_is_not_given(void **state)
{
	(void)state;
	assert_null(gm_dense_named("sse9"));
	assert_non_null(gm_dense());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_products_are_right),
		cmocka_unit_test(all_levels_give_the_same_bits),
		cmocka_unit_test(columns_can_be_worked_on_apart),
		cmocka_unit_test(a_level_that_is_none_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
