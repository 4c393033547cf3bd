#include "index/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "index/kernels_internal.h"

static float dot(const float *a, const float *b, size_t size)
{
	float lanes[GM_KERNEL_LANES] = {0};
	size_t at = 0;

	for (; size - at >= GM_KERNEL_LANES; at += GM_KERNEL_LANES) {
		for (size_t i = 0; i < GM_KERNEL_LANES; i++)
			lanes[i] += a[at + i] * b[at + i];
	}
	return gm_kernel_dot_end(lanes, a + at, b + at, size - at);
}

static void add(float *sum, float weight, const float *v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum[i] += weight * v[i];
}

static void add_codes(float *sum, float weight, const int8_t *codes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum[i] += weight * (float)codes[i];
}

static int32_t dot_codes(const int8_t *codes, const int16_t *query, size_t size)
{
	int32_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += codes[i] * query[i];
	return sum;
}

static int32_t dot_halves(const uint8_t *halves, const int16_t *query, size_t size)
{
	const int16_t *upper = query + size / 2;
	int32_t sum = 0;

	for (size_t i = 0; i < size / 2; i++) {
		sum += gm_kernel_low_half(halves[i]) * query[i];
		sum += gm_kernel_high_half(halves[i]) * upper[i];
	}
	return sum;
}

static uint64_t estimate(float out[GM_KERNEL_BLOCK], const uint8_t *block,
	const struct gm_kernel_signs *signs)
{
	int32_t sums[GM_KERNEL_BLOCK] = {0};
	float factors[GM_KERNEL_BLOCK];
	uint64_t above = 0;

	for (size_t b = 0; b < signs->n_bytes; b++) {
		const uint8_t *table = signs->table + b * 32;
		for (size_t i = 0; i < GM_KERNEL_BLOCK; i++) {
			uint8_t byte = block[b * GM_KERNEL_BLOCK + i];
			sums[i] += table[byte & 15] + table[16 + (byte >> 4)];
		}
	}
	memcpy(factors, block + signs->n_bytes * GM_KERNEL_BLOCK, sizeof(factors));
	for (size_t i = 0; i < GM_KERNEL_BLOCK; i++) {
		out[i] = factors[i] * (float)(sums[i] - signs->bias);
		above |= (uint64_t)(out[i] > signs->threshold) << i;
	}
	return above;
}

const struct gm_kernels gm_kernels_scalar = {
	.name = "scalar",
	.dot = dot,
	.add = add,
	.add_codes = add_codes,
	.dot_codes = dot_codes,
	.dot_halves = dot_halves,
	.estimate = estimate,
};

#ifdef __x86_64__
static const struct gm_kernels *best(void)
{
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl"))
		return &gm_kernels_avx512;
	return __builtin_cpu_supports("avx2") ? &gm_kernels_avx2 : &gm_kernels_scalar;
}

static const struct gm_kernels *const levels[] = {
	&gm_kernels_scalar, &gm_kernels_avx2, &gm_kernels_avx512};
#else
static const struct gm_kernels *best(void)
{
	return &gm_kernels_scalar;
}

static const struct gm_kernels *const levels[] = {&gm_kernels_scalar};
#endif

const struct gm_kernels *gm_kernels_named(const char *name)
{
	const struct gm_kernels *highest = best();

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		if (strcmp(levels[i]->name, name) == 0)
			return levels[i];
		if (levels[i] == highest)
			break;
	}
	return NULL;
}

const struct gm_kernels *gm_kernels(void)
{
	const char *name = getenv("GITMEM_KERNELS");
	const struct gm_kernels *asked = name ? gm_kernels_named(name) : NULL;

	return asked ? asked : best();
}
