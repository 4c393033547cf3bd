/*
 * The inner loops of learning: matrices of floats, row after row, whose rows have `dims`
 * numbers, a multiple of GM_DENSE_LANES. Every element is computed on its own and in one order,
 * so that all levels of instructions (kernels.h) give equal results, bit by bit.
 */
#ifndef GM_INDEX_DENSE_H
#define GM_INDEX_DENSE_H

#include <stddef.h>
#include <stdint.h>

#define GM_DENSE_LANES 64
#define GM_DENSE_MAX_DIMS 512

struct gm_dense {
	const char *name;

	/* out = the sum of weights[i] times row rows[i] of `x`, whose rows are `stride` apart. */
	void (*gather)(float *out, const float *x, size_t stride, size_t dims,
		const uint32_t *rows, const float *weights, size_t n);

	/* Row rows[i] of `y`, whose rows are `stride` apart, += weights[i] * v. */
	void (*scatter)(float *y, size_t stride, size_t dims, const uint32_t *rows,
		const float *weights, size_t n, const float *v);

	/* sum += weight * v. */
	void (*add)(float *sum, float weight, const float *v, size_t dims);

	/*
	 * sum += weight * codes, numbers from -8 to 7 with 8 added: a half of them in the low
	 * bits of the bytes, the other half in the high bits.
	 */
	void (*add_nibbles)(float *sum, float weight, const uint8_t *codes, size_t dims);

	/* The upper triangle of `gram` (dims x dims) += that of y' y. */
	void (*gram)(double *gram, const float *y, size_t n, size_t dims);

	/* Row by row, y = y w; `w` (dims x dims) is upper triangular. */
	void (*multiply)(float *y, size_t n, size_t dims, const float *w);
};

/* What to use here; as gm_kernels(). */
const struct gm_dense *gm_dense(void);

/* The level of this name, NULL when there is none or the processor does not have it. */
const struct gm_dense *gm_dense_named(const char *name);

#endif
