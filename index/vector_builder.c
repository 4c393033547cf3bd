#include <math.h>
#include <string.h>

#include "base/error.h"
#include "index/segment_sink.h"
#include "index/vector_internal.h"
#include "index/vector_turn.h"

/* The whole file is made in memory. */
struct gm_vector_builder {
	struct gm_vector_layout layout;
	struct gm_vector_header header;
	uint8_t *bytes;
};

/* A vector on its way. */
struct turned {
	float v[GM_VECTOR_MAX_DIMS];
	uint8_t halves[GM_VECTOR_MAX_DIMS]; /* of its codes */
};

int gm_vector_builder_new(struct gm_vector_builder **out,
	const uint8_t model[GM_VECTOR_MODEL_SIZE], size_t dims, int64_t first_row,
	size_t n_rows)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder =
		gm_calloc(1, sizeof(*builder));

	if (!builder)
		return GM_ENOMEM;
	int rc = gm_vector_header_make(&builder->header, model, dims, first_row, n_rows);
	if (rc < 0)
		return rc;
	gm_vector_layout_of(&builder->layout, dims, n_rows);
	if (builder->layout.size > SIZE_MAX)
		return gm_error(
			GM_ETOOBIG, "vectors of %zu rows do not fit in memory", n_rows);
	builder->bytes = gm_calloc(1, (size_t)builder->layout.size);
	if (!builder->bytes)
		return GM_ENOMEM;
	*out = gm_steal(&builder);
	return 0;
}

void gm_vector_builder_free(struct gm_vector_builder *builder)
{
	if (!builder)
		return;
	gm_free(builder->bytes);
	gm_free(builder);
}

static float largest_of(const float *v, size_t dims)
{
	float largest = 0;

	for (size_t i = 0; i < dims; i++)
		largest = fabsf(v[i]) > largest ? fabsf(v[i]) : largest;
	return largest;
}

/*
 * The numbers of `turned` in units of a sixteenth of the scale, which is the largest by 127: what
 * is left when the sixteenths are rounded away is the code, the rest the half.
 */
static void put_codes(
	struct gm_vector_builder *builder, size_t offset, struct turned *turned)
{
	const struct gm_vector_layout *layout = &builder->layout;
	int8_t *codes =
		(int8_t *)builder->bytes + layout->codes + offset * layout->row_size;
	float scale = largest_of(turned->v, builder->header.dims) / 127;
	float by = 16 / scale;

	for (size_t i = 0; i < builder->header.dims; i++) {
		float value = turned->v[i] * by;
		/* All is made positive, for numbers to be rounded down. */
		unsigned sixteenths = (unsigned)(int)(value + 2048.5f) + 8;
		codes[i] = (int8_t)((int)(sixteenths / 16) - 128);
		turned->halves[i] = (uint8_t)((sixteenths + 8) % 16);
	}
	memcpy(builder->bytes + layout->scales + offset * sizeof(scale), &scale,
		sizeof(scale));
}

static void put_halves(
	struct gm_vector_builder *builder, size_t offset, struct turned *turned)
{
	const struct gm_vector_layout *layout = &builder->layout;
	uint8_t *halves = builder->bytes + layout->codes + offset * layout->row_size +
		layout->stride;
	const uint8_t *upper = turned->halves + layout->halves_size;
	size_t dims = builder->header.dims;

	memset(turned->halves + dims, 0, layout->stride - dims);
	for (size_t i = 0; i < layout->halves_size; i++)
		halves[i] = (uint8_t)(turned->halves[i] | upper[i] << 4);
}

static void put_signs(
	struct gm_vector_builder *builder, size_t offset, const float *turned)
{
	const struct gm_vector_layout *layout = &builder->layout;
	uint8_t *block = builder->bytes + layout->blocks +
		offset / GM_KERNEL_BLOCK * layout->block_size;
	uint8_t *signs = block + offset % GM_KERNEL_BLOCK;
	float sum = 0;

	for (size_t b = 0; b < layout->sign_bytes; b++) {
		unsigned byte = 0;
		float eight = 0;
		for (size_t i = b * 8; i < b * 8 + 8 && i < builder->header.dims; i++) {
			byte |= (unsigned)(turned[i] >= 0) << i % 8;
			eight += fabsf(turned[i]);
		}
		signs[b * GM_KERNEL_BLOCK] = (uint8_t)byte;
		sum += eight;
	}
	float factor = 1 / sum;
	memcpy(block + layout->sign_bytes * GM_KERNEL_BLOCK +
			offset % GM_KERNEL_BLOCK * sizeof(factor),
		&factor, sizeof(factor));
}

bool gm_vector_builder_set(
	struct gm_vector_builder *builder, size_t row_offset, const float *v)
{
	struct turned turned;

	if (row_offset >= builder->header.n_rows ||
		!gm_vector_turn(turned.v, v, builder->header.dims))
		return false;
	put_codes(builder, row_offset, &turned);
	put_halves(builder, row_offset, &turned);
	put_signs(builder, row_offset, turned.v);
	return true;
}

/* Rows that were set have a scale. */
static uint64_t count_vectors(const struct gm_vector_builder *builder)
{
	const uint8_t *scales = builder->bytes + builder->layout.scales;
	uint64_t n = 0;

	for (size_t i = 0; i < builder->header.n_rows; i++) {
		float scale;
		memcpy(&scale, scales + i * sizeof(scale), sizeof(scale));
		n += scale != 0;
	}
	return n;
}

int gm_vector_builder_finish(
	struct gm_vector_builder *builder, struct gm_segment_sink *sink)
{
	builder->header.n_vectors = count_vectors(builder);
	memcpy(builder->bytes, &builder->header, sizeof(builder->header));
	int rc = gm_segment_sink_put(sink, builder->bytes, (size_t)builder->layout.size);
	return rc < 0 ? rc : gm_segment_sink_finish(sink, NULL);
}
