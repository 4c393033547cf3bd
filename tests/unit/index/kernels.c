#include "tests/unit/index/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "index/kernels.h"

static const char *const names[] = {"scalar", "avx2", "avx512"};

#define N_NAMES (sizeof(names) / sizeof(*names))

/* Every level that the processor has but the first, which the others are compared with. */
static size_t levels(const struct gm_kernels *out[N_NAMES])
{
	size_t n = 0;

	for (size_t i = 1; i < N_NAMES; i++) {
		const struct gm_kernels *level = gm_kernels_named(names[i]);
		if (level)
			out[n++] = level;
	}
	return n;
}

static void floats_are_summed_up_alike_on_all_levels(void **state)
{
	const struct gm_kernels *scalar = gm_kernels_named("scalar");
	const struct gm_kernels *others[N_NAMES];
	size_t n = levels(others);
	gm_autofree float *a = draw_vectors(1, 1, 300);
	gm_autofree float *b = draw_vectors(2, 1, 300);

	(void)state;
	for (size_t size = 0; size <= 300; size++) {
		float expected = scalar->dot(a, b, size);
		double exact = 0;
		for (size_t i = 0; i < size; i++)
			exact += (double)a[i] * (double)b[i];
		assert_float_equal(expected, exact, 1e-4);
		for (size_t i = 0; i < n; i++) {
			float got = others[i]->dot(a, b, size);
			assert_memory_equal(&got, &expected, sizeof(got));
		}
	}
}

static void weighted_sums_are_alike_on_all_levels(void **state)
{
	const struct gm_kernels *scalar = gm_kernels_named("scalar");
	const struct gm_kernels *others[N_NAMES];
	size_t n = levels(others);
	gm_autofree float *v = draw_vectors(3, 1, 100);
	uint64_t random = 5;
	int8_t codes[100];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		codes[i] = (int8_t)draw(&random);
	for (size_t size = 0; size <= 100; size++) {
		float expected[100] = {1, 2, 3};
		scalar->add(expected, 0.3f, v, size);
		scalar->add_codes(expected, -0.7f, codes, size);
		for (size_t i = 0; i < n; i++) {
			float got[100] = {1, 2, 3};
			others[i]->add(got, 0.3f, v, size);
			others[i]->add_codes(got, -0.7f, codes, size);
			assert_memory_equal(got, expected, sizeof(got));
		}
	}
	float one[1] = {2};
	scalar->add(one, 3, v, 1);
	scalar->add_codes(one, 0.5f, codes, 1);
	assert_float_equal(one[0], 2 + 3 * v[0] + 0.5f * (float)codes[0], 1e-5);
}

/* Codes as a damaged file may have them, -128 too, with the longest of queries. */
static void products_of_codes_are_exact_on_all_levels(void **state)
{
	const struct gm_kernels *others[N_NAMES + 1];
	size_t n = levels(others);
	int8_t codes[GM_KERNEL_MAX_DIMS];
	int16_t query[GM_KERNEL_MAX_DIMS];
	uint64_t random = 7;

	(void)state;
	others[n++] = gm_kernels_named("scalar");
	for (size_t i = 0; i < GM_KERNEL_MAX_DIMS; i++) {
		codes[i] = i % 3 ? (int8_t)draw(&random) : -128;
		query[i] = i % 5 ? (int16_t)((int)(draw(&random) % 8192) - 4096) : -4095;
	}
	for (size_t size = 0; size <= GM_KERNEL_MAX_DIMS; size += size < 256 ? 16 : 640) {
		int64_t whole = 0;
		int64_t halves = 0;
		for (size_t i = 0; i < size; i++)
			whole += (int64_t)codes[i] * query[i];
		for (size_t i = 0; i < size / 2; i++) {
			int byte = (uint8_t)codes[i];
			halves += (int64_t)((byte % 16 + 8) % 16 - 8) * query[i];
			halves +=
				(int64_t)((byte / 16 + 8) % 16 - 8) * query[size / 2 + i];
		}
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(others[i]->dot_codes(codes, query, size), whole);
			assert_int_equal(others[i]->dot_halves(
						 (const uint8_t *)codes, query, size),
				halves);
		}
	}
}

static int64_t sum_of_entries(
	const uint8_t *block, const struct gm_kernel_signs *signs, size_t vector)
{
	int64_t sum = -signs->bias;

	for (size_t b = 0; b < signs->n_bytes; b++) {
		uint8_t byte = block[b * GM_KERNEL_BLOCK + vector];
		sum += signs->table[b * 32 + byte % 16];
		sum += signs->table[b * 32 + 16 + byte / 16];
	}
	return sum;
}

#define MAX_BYTES (GM_KERNEL_MAX_DIMS / 8)

static void estimates_of_signs_are_alike_on_all_levels(void **state)
{
	const struct gm_kernels *others[N_NAMES + 1];
	size_t n = levels(others);
	gm_autofree uint8_t *block =
		gm_malloc(GM_KERNEL_BLOCK * (MAX_BYTES + sizeof(float)));
	uint8_t table[MAX_BYTES * 32];
	uint64_t random = 9;

	(void)state;
	assert_non_null(block);
	others[n++] = gm_kernels_named("scalar");
	for (size_t i = 0; i < sizeof(table); i++)
		table[i] = i % 7 ? (uint8_t)(draw(&random) % (GM_KERNEL_MAX_ENTRY + 1))
				 : GM_KERNEL_MAX_ENTRY;
	for (size_t n_bytes = 1; n_bytes <= MAX_BYTES; n_bytes += n_bytes < 9 ? 1 : 503) {
		struct gm_kernel_signs signs = {.table = table,
			.n_bytes = n_bytes,
			.bias = (int32_t)n_bytes * 56};
		float factors[GM_KERNEL_BLOCK];
		for (size_t i = 0; i < GM_KERNEL_BLOCK * n_bytes; i++)
			block[i] = (uint8_t)(draw(&random) >> 20);
		for (size_t i = 0; i < GM_KERNEL_BLOCK; i++)
			factors[i] = draw_float(&random);
		memcpy(block + GM_KERNEL_BLOCK * n_bytes, factors, sizeof(factors));
		for (size_t i = 0; i < n; i++) {
			float got[GM_KERNEL_BLOCK];
			uint64_t above = others[i]->estimate(got, block, &signs);
			for (size_t v = 0; v < GM_KERNEL_BLOCK; v++) {
				float expected = factors[v] *
					(float)sum_of_entries(block, &signs, v);
				assert_memory_equal(&got[v], &expected, sizeof(expected));
				assert_int_equal(above >> v & 1, expected > 0);
			}
		}
	}
}

static void a_factor_that_is_no_number_is_never_above_the_threshold(void **state)
{
	const struct gm_kernels *others[N_NAMES + 1];
	size_t n = levels(others);
	uint8_t block[GM_KERNEL_BLOCK * (1 + sizeof(float))];
	uint8_t table[32] = {1, 2, 3};
	struct gm_kernel_signs signs = {
		.table = table, .n_bytes = 1, .bias = 0, .threshold = -1e30f};
	float out[GM_KERNEL_BLOCK];

	(void)state;
	others[n++] = gm_kernels_named("scalar");
	memset(block, 0xff, sizeof(block));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(others[i]->estimate(out, block, &signs), 0);
}

static void the_environment_chooses_a_level(void **state)
{
	(void)state;
	assert_int_equal(setenv("GITMEM_KERNELS", "scalar", 1), 0);
	assert_string_equal(gm_kernels()->name, "scalar");
	assert_int_equal(setenv("GITMEM_KERNELS", "abacus", 1), 0);
	const struct gm_kernels *best = gm_kernels();
	assert_int_equal(unsetenv("GITMEM_KERNELS"), 0);
	assert_ptr_equal(gm_kernels(), best);
	assert_null(gm_kernels_named("abacus"));
	assert_ptr_equal(gm_kernels_named(best->name), best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floats_are_summed_up_alike_on_all_levels),
		cmocka_unit_test(weighted_sums_are_alike_on_all_levels),
		cmocka_unit_test(products_of_codes_are_exact_on_all_levels),
		cmocka_unit_test(estimates_of_signs_are_alike_on_all_levels),
		cmocka_unit_test(a_factor_that_is_no_number_is_never_above_the_threshold),
		cmocka_unit_test(the_environment_chooses_a_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
