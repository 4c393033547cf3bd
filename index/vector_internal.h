/*
 * How a vector segment lies in its file, for those who write and read it.
 *
 * A header, then sections that begin at multiples of 64 bytes, in native byte order:
 *  - blocks, one for GM_KERNEL_BLOCK rows (see index/kernels.h): the signs of the numbers of the
 *    turned vectors, and for each row a factor, one by the sum of those numbers without signs;
 *  - a scale for each row: the turned vector is scale * (code + half / 16);
 *  - for each row `stride` codes, of -127 to 127, and behind them `stride` / 2 bytes of halves,
 *    unless there are so many dimensions that codes alone are precise enough.
 * Of a row without a vector all of this is zero, and so is what fills up blocks and strides.
 */
#ifndef GM_INDEX_VECTOR_INTERNAL_H
#define GM_INDEX_VECTOR_INTERNAL_H

#include "base/mapping.h"
#include "index/kernels.h"
#include "index/vector_segment.h"

#define GM_VECTOR_MAGIC "GMVECTOR"
#define GM_VECTOR_BYTE_ORDER UINT32_C(0x01020304)
#define GM_VECTOR_VERSION 2

/* Of sections, in bytes. */
#define GM_VECTOR_ALIGNMENT 64

/* The most dimensions with halves. */
#define GM_VECTOR_HALVES_DIMS 512

_Static_assert(GM_VECTOR_MAX_DIMS <= GM_KERNEL_MAX_DIMS, "kernels take all vectors");

struct gm_vector_header {
	char magic[8];
	uint32_t byte_order;
	uint32_t version;
	uint32_t dims;
	uint32_t reserved; /* 0, as all that follows `model` */
	int64_t first_row;
	uint64_t n_rows;
	uint64_t n_vectors;
	uint8_t model[GM_VECTOR_MODEL_SIZE];
	uint8_t fill[48];
};

/* Sizes and offsets in bytes. */
struct gm_vector_layout {
	size_t sign_bytes; /* of a row */
	size_t block_size;
	size_t n_blocks;
	size_t stride;
	size_t row_size;    /* of codes and halves, */
	size_t halves_size; /* which are 0: none */
	uint64_t blocks;
	uint64_t scales;
	uint64_t codes;
	uint64_t size; /* of all */
};

void gm_vector_layout_of(struct gm_vector_layout *out, size_t dims, size_t n_rows);

/* GM_EINVALID when a segment cannot be such a one. */
int gm_vector_header_make(struct gm_vector_header *out,
	const uint8_t model[GM_VECTOR_MODEL_SIZE], size_t dims, int64_t first_row,
	size_t n_rows);

struct gm_vector_segment {
	struct gm_vector_header header;
	struct gm_vector_layout layout;
	const struct gm_kernels *kernels;
	const uint8_t *bytes;
	struct gm_buf memory; /* holds them when taken over, */
	bool mapped;          /* else this does: */
	struct gm_mapping mapping;
};

static inline const uint8_t *gm_vector_block(
	const struct gm_vector_segment *segment, size_t block)
{
	return segment->bytes + segment->layout.blocks +
		block * segment->layout.block_size;
}

/* The factor of a row stands behind the signs of its block. */
static inline const uint8_t *gm_vector_factor(
	const struct gm_vector_segment *segment, size_t offset)
{
	return gm_vector_block(segment, offset / GM_KERNEL_BLOCK) +
		segment->layout.sign_bytes * GM_KERNEL_BLOCK +
		offset % GM_KERNEL_BLOCK * sizeof(float);
}

/* 0 without a vector, and for what no builder writes. */
static inline float gm_vector_scale(
	const struct gm_vector_segment *segment, size_t offset)
{
	const float *scales =
		(const float *)(const void *)(segment->bytes + segment->layout.scales);
	float scale = scales[offset];

	return scale > 0 && scale <= 1 ? scale : 0;
}

/* The same of a row that need not be in the segment. */
static inline float gm_vector_segment_scale(
	const struct gm_vector_segment *segment, int64_t row)
{
	int64_t first = segment->header.first_row;

	if (row < first || row - first >= (int64_t)segment->header.n_rows)
		return 0;
	return gm_vector_scale(segment, (size_t)(row - first));
}

static inline const int8_t *gm_vector_codes(
	const struct gm_vector_segment *segment, size_t offset)
{
	return (const int8_t *)segment->bytes + segment->layout.codes +
		offset * segment->layout.row_size;
}

static inline const uint8_t *gm_vector_halves(
	const struct gm_vector_segment *segment, size_t offset)
{
	return segment->bytes + segment->layout.codes +
		offset * segment->layout.row_size + segment->layout.stride;
}

#endif
