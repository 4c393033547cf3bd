/*
 * The inner loops of vector search, for the best instructions that the processor has: plain C,
 * AVX2 or AVX-512. All levels give equal results, bit by bit: integers are exact, and sums of
 * floats are made in one order, in 16 lanes that are added up pairwise at the end.
 *
 * The environment variable GITMEM_KERNELS=scalar|avx2|avx512 asks for a lower level than the
 * best; one that the processor does not have is not taken.
 */
#ifndef GM_INDEX_KERNELS_H
#define GM_INDEX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Vectors of codes stand at multiples of this, in bytes; `size` below is a multiple of it. */
#define GM_KERNEL_LANES 16

/* The longest vector: all integer sums below stay within 32 bits. */
#define GM_KERNEL_MAX_DIMS 4096

/* Signs of this many vectors stand together: byte 0 of each, byte 1 of each, ... */
#define GM_KERNEL_BLOCK 64

struct gm_kernels {
	const char *name;

	/* The sum of a[i] * b[i]; any `size`. */
	float (*dot)(const float *a, const float *b, size_t size);

	/* sum[i] += weight * v[i]; any `size`. */
	void (*add)(float *sum, float weight, const float *v, size_t size);

	/* sum[i] += weight * codes[i]. */
	void (*add_codes)(float *sum, float weight, const int8_t *codes, size_t size);

	/* The sum of codes[i] * query[i], of a query whose length is at most 2^15. */
	int32_t (*dot_codes)(const int8_t *codes, const int16_t *query, size_t size);

	/*
	 * For a block of `GM_KERNEL_BLOCK` vectors of 8 * `n_bytes` signs, the sum of what
	 * `table` has for each group of 4 signs: 16 entries, at most 60 each, for the low and
	 * then the high half of each byte.
	 */
	void (*sum_signs)(uint16_t out[GM_KERNEL_BLOCK], const uint8_t *block,
		const uint8_t *table, size_t n_bytes);
};

/* What to use here; it need not be freed. Reads the environment: ask once, not in a loop. */
const struct gm_kernels *gm_kernels(void);

/* The level of this name, NULL when there is none or the processor does not have it. */
const struct gm_kernels *gm_kernels_named(const char *name);

#endif
