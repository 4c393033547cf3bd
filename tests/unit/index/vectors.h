/* Vectors for tests: drawn at random, but the same ones each time. */
#ifndef GM_TESTS_UNIT_INDEX_VECTORS_H
#define GM_TESTS_UNIT_INDEX_VECTORS_H

#include "tests/unit/support.h"

#include "index/segment_sink.h"
#include "index/vector_segment.h"

static inline uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Between -1 and 1, more often near 0. */
static inline float draw_float(uint64_t *state)
{
	float sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (float)(draw(state) >> 40) / (float)(1 << 24);
	return sum / 2 - 1;
}

/*
 * Vectors of `dims` numbers in groups that are near each other, the first dimensions larger than
 * the others. gm_free().
 */
static inline float *draw_vectors(uint64_t seed, size_t n, size_t dims)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	float *vectors = gm_malloc(n * dims * sizeof(*vectors));

	assert_non_null(vectors);
	for (size_t row = 0; row < n; row++) {
		uint64_t group = (draw(&state) >> 20) % 40 + 1;
		group *= UINT64_C(0xbf58476d1ce4e5b9);
		for (size_t i = 0; i < dims; i++) {
			float size = 1 / (1 + (float)i / 16);
			vectors[row * dims + i] =
				size * (draw_float(&group) + draw_float(&state));
		}
	}
	return vectors;
}

/* The bytes of a segment of such vectors, of the model that is all `model`. */
static inline void make_vector_bytes(struct gm_buf *out, uint8_t model, int64_t first,
	const float *vectors, size_t n, size_t dims)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	gm_autosink sink;
	uint8_t id[GM_VECTOR_MODEL_SIZE];

	gm_segment_sink_to_memory(&sink);
	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = model;
	must(gm_vector_builder_new(&builder, id, dims, first, n));
	for (size_t i = 0; i < n; i++)
		(void)gm_vector_builder_set(builder, i, vectors + i * dims);
	must(gm_vector_builder_finish(builder, &sink));
	gm_buf_reset(out);
	must(gm_buf_put(out, sink.bytes.ptr, sink.bytes.size));
}

static inline struct gm_vector_segment *make_vectors(
	int64_t first, const float *vectors, size_t n, size_t dims)
{
	struct gm_buf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_vector_segment *segment = NULL;

	make_vector_bytes(&bytes, 1, first, vectors, n, dims);
	must(gm_vector_segment_take(&segment, &bytes));
	return segment;
}

#endif
