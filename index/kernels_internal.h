/* What the levels of kernels share. */
#ifndef GM_INDEX_KERNELS_INTERNAL_H
#define GM_INDEX_KERNELS_INTERNAL_H

#include "index/kernels.h"

extern const struct gm_kernels gm_kernels_scalar;
#ifdef __x86_64__
extern const struct gm_kernels gm_kernels_avx2;
extern const struct gm_kernels gm_kernels_avx512;
#endif

/* The end of every sum of floats: numbers that fill no whole vector, then the lanes pairwise. */
static inline float gm_kernel_dot_end(
	float lanes[GM_KERNEL_LANES], const float *a, const float *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		lanes[i] += a[i] * b[i];
	for (size_t width = GM_KERNEL_LANES / 2; width > 0; width /= 2) {
		for (size_t i = 0; i < width; i++)
			lanes[i] += lanes[i + width];
	}
	return lanes[0];
}

static inline int32_t gm_kernel_low_half(uint8_t byte)
{
	return ((byte & 15) ^ 8) - 8;
}

static inline int32_t gm_kernel_high_half(uint8_t byte)
{
	return ((byte >> 4) ^ 8) - 8;
}

#endif
