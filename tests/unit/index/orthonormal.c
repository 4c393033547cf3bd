#include "tests/unit/support.h"

#include <math.h>
#include <string.h>

#include "index/orthonormal.h"

#define DIMS 64
#define ROWS 500

static void make(float *y, size_t n)
{
	uint64_t seed = 3;

	for (size_t i = 0; i < n * DIMS; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
			UINT64_C(1442695040888963407);
		y[i] = (float)(int32_t)(seed >> 32) * 0x1p-31F;
	}
}

static double product(const float *y, size_t n, size_t a, size_t b)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)y[i * DIMS + a] * y[i * DIMS + b];
	return sum;
}

/* How far the columns that are not zero are from a basis; `n_zero` to be zero. */
static double flaw(const float *y, size_t n, size_t n_zero)
{
	double worst = 0;
	size_t zero = 0;

	for (size_t a = 0; a < DIMS; a++) {
		double length = product(y, n, a, a);

		zero += length == 0;
		for (size_t b = 0; b < DIMS; b++) {
			double expect = a == b && length != 0 ? 1 : 0;

			worst = fmax(worst, fabs(product(y, n, a, b) - expect));
		}
	}
	assert_int_equal(zero, n_zero);
	return worst;
}

/* How much of a column of `was` the columns of `is` do not span, of its length. */
static double lost(const float *was, const float *is, size_t n, size_t column)
{
	double left = product(was, n, column, column);
	double whole = left;

	for (size_t a = 0; a < DIMS; a++) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += (double)was[i * DIMS + column] * is[i * DIMS + a];
		left -= sum * sum;
	}
	return fabs(left) / whole;
}

static void twice_gives_a_basis_of_the_same_space(void **state)
{
	static float was[ROWS * DIMS];
	static float y[ROWS * DIMS];

	(void)state;
	make(was, ROWS);
	/* Columns far from orthogonal, and of very different lengths. */
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 1; k < DIMS; k++)
			was[i * DIMS + k] = was[i * DIMS + k] * 0.2F +
				was[i * DIMS] * (k % 2 ? 1.0F : 100.0F);
	memcpy(y, was, sizeof(y));
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	/* The long columns have next to nothing of their own. */
	assert_true(flaw(y, ROWS, 31) < 1e-5);
	for (size_t k = 0; k < DIMS; k++)
		assert_true(lost(was, y, ROWS, k) < 1e-4);
}

static void columns_of_noise_are_kept(void **state)
{
	static float y[ROWS * DIMS];

	(void)state;
	make(y, ROWS);
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	assert_true(flaw(y, ROWS, 0) < 1e-4);
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	assert_true(flaw(y, ROWS, 0) < 1e-6);
}

static void what_depends_on_others_becomes_zero(void **state)
{
	static float y[ROWS * DIMS];

	(void)state;
	make(y, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		y[i * DIMS + 9] = 2 * y[i * DIMS + 3] - y[i * DIMS + 8];
		y[i * DIMS + 20] = 0;
	}
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	must(gm_orthonormalise(y, ROWS, DIMS, gm_dense()));
	assert_true(flaw(y, ROWS, 2) < 1e-6);
	assert_true(product(y, ROWS, 9, 9) == 0 && product(y, ROWS, 20, 20) == 0);
}

static void fewer_rows_than_columns_have_a_smaller_basis(void **state)
{
	static float y[10 * DIMS];

	(void)state;
	make(y, 10);
	must(gm_orthonormalise(y, 10, DIMS, gm_dense()));
	must(gm_orthonormalise(y, 10, DIMS, gm_dense()));
	assert_true(flaw(y, 10, DIMS - 10) < 1e-5);
}

static void nothing_stays_nothing(void **state)
{
	static float y[4 * DIMS];

	(void)state;
	must(gm_orthonormalise(y, 4, DIMS, gm_dense()));
	assert_true(flaw(y, 4, DIMS) == 0);
	must(gm_orthonormalise(y, 0, DIMS, gm_dense()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twice_gives_a_basis_of_the_same_space),
		cmocka_unit_test(columns_of_noise_are_kept),
		cmocka_unit_test(what_depends_on_others_becomes_zero),
		cmocka_unit_test(fewer_rows_than_columns_have_a_smaller_basis),
		cmocka_unit_test(nothing_stays_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
