#include "index/dense.h"

#include <string.h>

#include "index/kernels.h"

/*
 * Vectors of the compiler's own, which it takes apart where the processor has shorter ones.
 * Products are rounded before they are added. No level may fuse the two, so none has FMA.
 */
#define LANES 8
typedef float lanes
	__attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
typedef int32_t int_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint8_t byte_lanes
	__attribute__((vector_size(LANES * sizeof(uint8_t)), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define SLICE (GM_DENSE_LANES / LANES)

/* Rows and columns of what is summed up in registers, and rows summed before they are floats. */
#define TILE_ROWS 4
#define TILE_LANES 2
#define TILE_COLUMNS (TILE_LANES * LANES)
#define GRAM_BLOCK 128

INLINE void gather(float *out, const float *x, size_t stride, size_t dims,
	const uint32_t *rows, const float *weights, size_t n)
{
	for (size_t at = 0; at < dims; at += GM_DENSE_LANES) {
		lanes sum[SLICE] = {0};

		for (size_t i = 0; i < n; i++) {
			const float *row = x + rows[i] * stride + at;

			for (int k = 0; k < SLICE; k++)
				sum[k] += weights[i] * *(const lanes *)(row + k * LANES);
		}
		for (int k = 0; k < SLICE; k++)
			*(lanes *)(out + at + k * LANES) = sum[k];
	}
}

INLINE void scatter(float *y, size_t stride, size_t dims, const uint32_t *rows,
	const float *weights, size_t n, const float *v)
{
	for (size_t at = 0; at < dims; at += GM_DENSE_LANES) {
		lanes add[SLICE];

		for (int k = 0; k < SLICE; k++)
			add[k] = *(const lanes *)(v + at + k * LANES);
		for (size_t i = 0; i < n; i++) {
			float *row = y + rows[i] * stride + at;

			for (int k = 0; k < SLICE; k++)
				*(lanes *)(row + k * LANES) += weights[i] * add[k];
		}
	}
}

INLINE void add(float *sum, float weight, const float *v, size_t dims)
{
	for (size_t k = 0; k < dims; k += LANES)
		*(lanes *)(sum + k) += weight * *(const lanes *)(v + k);
}

INLINE void add_nibbles(float *sum, float weight, const uint8_t *codes, size_t dims)
{
	for (size_t k = 0; k < dims / 2; k += LANES) {
		int_lanes both = __builtin_convertvector(
			*(const byte_lanes *)(codes + k), int_lanes);

		*(lanes *)(sum + k) +=
			weight * __builtin_convertvector((both & 15) - 8, lanes);
		*(lanes *)(sum + dims / 2 + k) +=
			weight * __builtin_convertvector((both >> 4) - 8, lanes);
	}
}

/* TILE_ROWS times TILE_COLUMNS numbers of the product, from row `a` and column `b` on. */
INLINE void gram_tile(
	double *out, const float *y, size_t n, size_t dims, size_t a, size_t b)
{
	lanes sum[TILE_ROWS][TILE_LANES] = {0};

	for (size_t i = 0; i < n; i++) {
		const float *row = y + i * dims;

		for (int r = 0; r < TILE_ROWS; r++)
			for (int k = 0; k < TILE_LANES; k++)
				sum[r][k] += row[a + r] *
					*(const lanes *)(row + b + k * LANES);
	}
	for (int r = 0; r < TILE_ROWS; r++)
		for (int k = 0; k < TILE_COLUMNS; k++)
			out[(a + r) * dims + b + k] += sum[r][k / LANES][k % LANES];
}

INLINE void gram(double *out, const float *y, size_t n, size_t dims)
{
	for (size_t i = 0; i < n; i += GRAM_BLOCK) {
		size_t height = n - i < GRAM_BLOCK ? n - i : GRAM_BLOCK;

		for (size_t a = 0; a < dims; a += TILE_ROWS)
			for (size_t b = a / TILE_COLUMNS * TILE_COLUMNS; b < dims;
				b += TILE_COLUMNS)
				gram_tile(out, y + i * dims, height, dims, a, b);
	}
}

INLINE void multiply_tile(
	float *out, const float *y, size_t dims, const float *w, size_t column)
{
	lanes sum[TILE_ROWS][TILE_LANES] = {0};

	for (size_t i = 0; i < column + TILE_COLUMNS; i++)
		for (int r = 0; r < TILE_ROWS; r++)
			for (int k = 0; k < TILE_LANES; k++)
				sum[r][k] += y[r * dims + i] *
					*(const lanes *)(w + i * dims + column +
						k * LANES);
	for (int r = 0; r < TILE_ROWS; r++)
		for (int k = 0; k < TILE_LANES; k++)
			*(lanes *)(out + r * dims + column + k * LANES) = sum[r][k];
}

INLINE void multiply(float *y, size_t n, size_t dims, const float *w)
{
	float in[TILE_ROWS * GM_DENSE_MAX_DIMS] = {0};
	float out[TILE_ROWS * GM_DENSE_MAX_DIMS];

	for (size_t i = 0; i < n; i += TILE_ROWS) {
		size_t height = n - i < TILE_ROWS ? n - i : TILE_ROWS;

		memcpy(in, y + i * dims, height * dims * sizeof(*y));
		for (size_t column = 0; column < dims; column += TILE_COLUMNS)
			multiply_tile(out, in, dims, w, column);
		memcpy(y + i * dims, out, height * dims * sizeof(*y));
	}
}

/* One level: the loops above, compiled for a target. */
#define LEVEL(name_, target_)                                                         \
	target_ static void name_##_gather(float *out, const float *x, size_t stride, \
		size_t dims, const uint32_t *rows, const float *weights, size_t n)    \
	{                                                                             \
		gather(out, x, stride, dims, rows, weights, n);                       \
	}                                                                             \
	target_ static void name_##_scatter(float *y, size_t stride, size_t dims,     \
		const uint32_t *rows, const float *weights, size_t n, const float *v) \
	{                                                                             \
		scatter(y, stride, dims, rows, weights, n, v);                        \
	}                                                                             \
	target_ static void name_##_add(                                              \
		float *sum, float weight, const float *v, size_t dims)                \
	{                                                                             \
		add(sum, weight, v, dims);                                            \
	}                                                                             \
	target_ static void name_##_add_nibbles(                                      \
		float *sum, float weight, const uint8_t *codes, size_t dims)          \
	{                                                                             \
		add_nibbles(sum, weight, codes, dims);                                \
	}                                                                             \
	target_ static void name_##_gram(                                             \
		double *out, const float *y, size_t n, size_t dims)                   \
	{                                                                             \
		gram(out, y, n, dims);                                                \
	}                                                                             \
	target_ static void name_##_multiply(                                         \
		float *y, size_t n, size_t dims, const float *w)                      \
	{                                                                             \
		multiply(y, n, dims, w);                                              \
	}                                                                             \
	static const struct gm_dense name_##_level = {#name_, name_##_gather,         \
		name_##_scatter, name_##_add, name_##_add_nibbles, name_##_gram,      \
		name_##_multiply};

LEVEL(scalar, )
#if defined(__x86_64__)
LEVEL(avx2, __attribute__((target("avx2"))))
#endif

const struct gm_dense *gm_dense_named(const char *name)
{
	const struct gm_kernels *kernels = gm_kernels_named(name);

	if (!kernels)
		return NULL;
#if defined(__x86_64__)
	/* What AVX-512 would add is waiting for memory. */
	if (strcmp(kernels->name, "scalar") != 0)
		return &avx2_level;
#endif
	return &scalar_level;
}

const struct gm_dense *gm_dense(void)
{
	return gm_dense_named(gm_kernels()->name);
}
