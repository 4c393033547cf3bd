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

/* The `size` of codes is a multiple of this. */
#define GM_KERNEL_LANES 16

/* The longest vector: all integer sums below stay within 32 bits. */
#define GM_KERNEL_MAX_DIMS 4096

/* Signs of this many vectors stand together: byte 0 of each, byte 1 of each, ... */
#define GM_KERNEL_BLOCK 64

/* The longest query in the codes below, by its Euclidean length; each number has 16 bits. */
#define GM_KERNEL_MAX_QUERY ((1 << 18) - 1)

/* The highest entry of a table of signs. */
#define GM_KERNEL_MAX_ENTRY 60

/* What a block of signs is compared with. */
struct gm_kernel_signs {
	/* 16 entries for the low half of byte 0, 16 for its high half, and so on. */
	const uint8_t *table;
	size_t n_bytes;  /* for each vector */
	int32_t bias;    /* taken off the sum of a vector's entries */
	float threshold; /* what an estimate must be above */
};

struct gm_kernels {
	const char *name;

	/* The sum of a[i] * b[i]; any `size`. */
	float (*dot)(const float *a, const float *b, size_t size);

	/* sum[i] += weight * v[i]; any `size`. */
	void (*add)(float *sum, float weight, const float *v, size_t size);

	/* sum[i] += weight * codes[i]; any `size`. */
	void (*add_codes)(float *sum, float weight, const int8_t *codes, size_t size);

	/* The sum of codes[i] * query[i]. */
	int32_t (*dot_codes)(const int8_t *codes, const int16_t *query, size_t size);

	/*
	 * The same for signed numbers of 4 bits, two to a byte: the lower half of byte i is number
	 * i, the upper one number `size` / 2 + i.
	 */
	int32_t (*dot_halves)(const uint8_t *halves, const int16_t *query, size_t size);

	/*
	 * A block holds the signs of `GM_KERNEL_BLOCK` vectors, then a float factor for each.
	 * The estimate of a vector is its factor times the sum of its entries less the bias.
	 * Returns a bit for each that is above the threshold.
	 */
	uint64_t (*estimate)(float out[GM_KERNEL_BLOCK], const uint8_t *block,
		const struct gm_kernel_signs *signs);
};

/* What to use here. Reads the environment: ask once, not in a loop. */
const struct gm_kernels *gm_kernels(void);

/* The level of this name, NULL when there is none or the processor does not have it. */
const struct gm_kernels *gm_kernels_named(const char *name);

#endif
