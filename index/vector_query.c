#include "index/vector_query.h"

#include <math.h>

#include "base/error.h"
#include "index/vector_query_internal.h"
#include "index/vector_turn.h"

/* The signs of the table tell 4 bits of each number of the query: -7 to 7. */
#define STEPS 7

_Static_assert(8 * STEPS <= GM_KERNEL_MAX_ENTRY,
	"entries are of four numbers and a bias of four");

static float largest_of(const float *v, size_t dims)
{
	float largest = 0;

	for (size_t i = 0; i < dims; i++)
		largest = fmaxf(largest, fabsf(v[i]));
	return largest;
}

static int round_to_int(float x)
{
	return x < 0 ? -(int)(0.5f - x) : (int)(x + 0.5f);
}

/* As large as the kernels take. */
static void make_codes(struct gm_vector_query *query)
{
	/* Rounding adds at most half of the root of the dimensions to the length. */
	float by = fminf(INT16_MAX / largest_of(query->turned, query->dims),
		(float)(GM_KERNEL_MAX_QUERY - 64));

	for (size_t i = 0; i < query->dims; i++) {
		int code = round_to_int(query->turned[i] * by);
		query->codes[i] = (int16_t)(code > INT16_MAX ? INT16_MAX : code);
	}
	query->unit = 1 / (double)by;
}

/* For each pattern of four signs the sum of four numbers that have them. */
static void make_table(struct gm_vector_query *query, size_t sign_bytes)
{
	float by = STEPS / largest_of(query->turned, query->dims);

	for (size_t half = 0; half < 2 * sign_bytes; half++) {
		int numbers[4] = {0};
		for (size_t i = 0; i < 4 && half * 4 + i < query->dims; i++)
			numbers[i] = round_to_int(query->turned[half * 4 + i] * by);
		for (unsigned signs = 0; signs < 16; signs++) {
			int sum = 4 * STEPS;
			for (unsigned i = 0; i < 4; i++)
				sum += signs >> i & 1 ? numbers[i] : -numbers[i];
			query->table[half * 16 + signs] = (uint8_t)sum;
		}
	}
	query->step = 1 / by;
	query->signs.table = query->table;
	query->signs.n_bytes = sign_bytes;
	query->signs.bias = (int32_t)(2 * sign_bytes) * 4 * STEPS;
}

int gm_vector_query_new(struct gm_vector_query **out, const float *q, size_t dims)
{
	struct gm_vector_layout layout;
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query =
		gm_calloc(1, sizeof(*query));

	if (!query)
		return GM_ENOMEM;
	if (dims == 0 || dims > GM_VECTOR_MAX_DIMS)
		return gm_error(
			GM_EINVALID, "vectors of %zu dimensions are not possible", dims);
	gm_vector_layout_of(&layout, dims, 1);
	query->dims = dims;
	query->kernels = gm_kernels();
	query->turned = gm_calloc(dims, sizeof(*query->turned));
	query->codes = gm_calloc(layout.stride, sizeof(*query->codes));
	query->table = gm_calloc(layout.sign_bytes, 32);
	if (!query->turned || !query->codes || !query->table)
		return GM_ENOMEM;
	if (!gm_vector_turn(query->turned, q, dims))
		return gm_error(GM_EINVALID, "the vector of the query has no direction");
	make_codes(query);
	make_table(query, layout.sign_bytes);
	*out = gm_steal(&query);
	return 0;
}

void gm_vector_query_free(struct gm_vector_query *query)
{
	if (!query)
		return;
	gm_free(query->turned);
	gm_free(query->codes);
	gm_free(query->table);
	gm_vector_reader_free(query->reader);
	gm_free(query);
}

int gm_vector_query_read(struct gm_vector_query *query, bool read)
{
	gm_vector_reader_free(gm_steal(&query->reader));
	return read ? gm_vector_reader_new(&query->reader, query->dims) : 0;
}

const int8_t *gm_vector_query_row(const struct gm_vector_query *query,
	const struct gm_vector_segment *segment, size_t offset)
{
	return query->reader ? gm_vector_reader_row(query->reader, segment, offset)
			     : gm_vector_codes(segment, offset);
}

float gm_vector_cosine_rough(const struct gm_vector_segment *segment, size_t offset,
	const int8_t *codes, const struct gm_vector_query *query)
{
	int32_t dot =
		query->kernels->dot_codes(codes, query->codes, segment->layout.stride);

	return (float)(gm_vector_scale(segment, offset) * query->unit * dot);
}

float gm_vector_cosine(const struct gm_vector_segment *segment, int64_t row,
	const struct gm_vector_query *query)
{
	const struct gm_vector_layout *layout = &segment->layout;
	float scale = gm_vector_segment_scale(segment, row);

	if (!(scale > 0))
		return 0;
	const int8_t *codes = gm_vector_query_row(
		query, segment, (size_t)(row - segment->header.first_row));
	double dot = query->kernels->dot_codes(codes, query->codes, layout->stride);
	if (layout->halves_size)
		dot += query->kernels->dot_halves((const uint8_t *)codes + layout->stride,
			       query->codes, layout->stride) /
			16.0;
	return (float)(scale * query->unit * dot);
}

void gm_vector_add(const struct gm_vector_segment *segment, int64_t row, float weight,
	float *sum, const struct gm_vector_query *query)
{
	float scale = gm_vector_segment_scale(segment, row);
	size_t offset = (size_t)(row - segment->header.first_row);

	if (scale > 0)
		query->kernels->add_codes(sum, weight * scale,
			query->reader
				? gm_vector_reader_near(query->reader, segment, offset)
				: gm_vector_codes(segment, offset),
			segment->header.dims);
}

float gm_vector_query_cosine(const struct gm_vector_query *query, const float *sum)
{
	float square = query->kernels->dot(sum, sum, query->dims);

	if (!(square > 0))
		return 0;
	return query->kernels->dot(query->turned, sum, query->dims) / sqrtf(square);
}
