#include "tests/unit/index/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "index/vector_query.h"

static float cosine(const float *a, const float *b, size_t dims)
{
	double dot = 0;
	double aa = 0;
	double bb = 0;

	for (size_t i = 0; i < dims; i++) {
		dot += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return (float)(dot / sqrt(aa * bb));
}

static void cosines_are_those_of_the_vectors_given(void **state)
{
	static const size_t sizes[] = {
		1, 2, 3, 16, 50, 128, 256, 300, 400, 512, 768, 1000, 4096};

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		size_t dims = sizes[s];
		gm_autofree float *vectors = draw_vectors(dims, 70, dims);
		gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
		gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment =
			make_vectors(5, vectors, 70, dims);
		must(gm_vector_query_new(&query, vectors, dims));
		assert_int_equal(gm_vector_segment_count(segment), 70);
		for (size_t i = 0; i < 70; i++) {
			float got = gm_vector_cosine(segment, 5 + (int64_t)i, query);
			float expected = cosine(vectors, vectors + i * dims, dims);
			assert_float_equal(got, expected, dims > 512 ? 1e-3 : 5e-4);
		}
		assert_float_equal(gm_vector_cosine(segment, 4, query), 0, 0);
		assert_float_equal(gm_vector_cosine(segment, 75, query), 0, 0);
	}
}

static void only_the_direction_of_a_vector_counts(void **state)
{
	gm_autobuf one = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf other = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree float *vectors = draw_vectors(3, 1, 64);

	(void)state;
	make_vector_bytes(&one, 1, 1, vectors, 1, 64);
	for (size_t i = 0; i < 64; i++)
		vectors[i] *= 0x1p100f;
	make_vector_bytes(&other, 1, 1, vectors, 1, 64);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.ptr, other.ptr, one.size);
}

static void what_has_no_direction_is_no_vector(void **state)
{
	float v[4][8] = {{0}, {1, NAN}, {1, INFINITY}, {1e-40f, 1}};
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment =
		make_vectors(1, v[0], 4, 8);
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	float sum[8] = {0};

	(void)state;
	assert_int_equal(gm_vector_segment_count(segment), 1);
	for (size_t i = 0; i < 3; i++) {
		assert_false(gm_vector_segment_has(segment, 1 + (int64_t)i));
		assert_int_equal(gm_vector_query_new(&query, v[i], 8), GM_EINVALID);
	}
	assert_true(gm_vector_segment_has(segment, 4));
	assert_false(gm_vector_segment_has(segment, 0));
	assert_false(gm_vector_segment_has(segment, 5));
	must(gm_vector_query_new(&query, v[3], 8));
	for (size_t i = 0; i < 3; i++)
		gm_vector_add(segment, 1 + (int64_t)i, 1, sum, query);
	assert_float_equal(gm_vector_query_cosine(query, sum), 0, 0);
	assert_float_equal(gm_vector_cosine(segment, 1, query), 0, 0);
}

static void sums_of_vectors_are_compared_with_a_query(void **state)
{
	gm_autofree float *v = draw_vectors(4, 3, 200);
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment =
		make_vectors(1, v, 3, 200);
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	const float zero[200] = {0};
	float expected[200];
	float sum[200] = {0};

	(void)state;
	must(gm_vector_query_new(&query, v + 400, 200));
	float a = 0;
	float b = 0;
	for (size_t i = 0; i < 200; i++) {
		a += v[i] * v[i];
		b += v[200 + i] * v[200 + i];
	}
	for (size_t i = 0; i < 200; i++)
		expected[i] = v[i] / sqrtf(a) + 0.5f * v[200 + i] / sqrtf(b);
	gm_vector_add(segment, 1, 1, sum, query);
	gm_vector_add(segment, 2, 0.5f, sum, query);
	assert_float_equal(
		gm_vector_query_cosine(query, sum), cosine(expected, v + 400, 200), 2e-3);
	assert_float_equal(gm_vector_query_cosine(query, zero), 0, 0);
}

/* Segments of rows 1 to 300, cut at 65 and 200, some rows without a vector. */
static void cut_in_three(
	struct gm_vector_segment *out[3], const float *vectors, size_t dims)
{
	out[0] = make_vectors(1, vectors, 64, dims);
	out[1] = make_vectors(65, vectors + 64 * dims, 135, dims);
	out[2] = make_vectors(200, vectors + 199 * dims, 101, dims);
}

static void free_three(struct gm_vector_segment *items[3])
{
	for (size_t i = 0; i < 3; i++)
		gm_vector_segment_free(items[i]);
}

static void merged_segments_are_those_of_all_rows_at_once(void **state)
{
	static const size_t sizes[] = {40, 600};

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		size_t dims = sizes[s];
		gm_autofree float *vectors = draw_vectors(6, 300, dims);
		gm_autobuf expected = GM_BUF_INIT(GM_BUF_LARGE);
		struct gm_vector_segment *items[3];
		gm_autosink sink;
		memset(vectors + 100 * dims, 0, dims * sizeof(*vectors));
		cut_in_three(items, vectors, dims);
		make_vector_bytes(&expected, 1, 1, vectors, 300, dims);
		gm_segment_sink_to_memory(&sink);
		must(gm_vector_segments_merge(&sink, items, 3, NULL));
		assert_int_equal(sink.bytes.size, expected.size);
		assert_memory_equal(sink.bytes.ptr, expected.ptr, expected.size);
		free_three(items);
	}
}

static void nothing_is_left_of_rows_that_a_merge_drops(void **state)
{
	gm_autofree float *vectors = draw_vectors(7, 300, 40);
	gm_autobuf expected = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobitmap without = GM_BITMAP_INIT;
	struct gm_vector_segment *items[3];
	gm_autosink sink;

	(void)state;
	cut_in_three(items, vectors, 40);
	for (int64_t row = 3; row <= 300; row += 31) {
		must(gm_bitmap_set(&without, row));
		memset(vectors + (row - 1) * 40, 0, 40 * sizeof(*vectors));
	}
	make_vector_bytes(&expected, 1, 1, vectors, 300, 40);
	gm_segment_sink_to_memory(&sink);
	must(gm_vector_segments_merge(&sink, items, 3, &without));
	assert_int_equal(sink.bytes.size, expected.size);
	assert_memory_equal(sink.bytes.ptr, expected.ptr, expected.size);
	free_three(items);
}

static void segments_that_do_not_fit_together_are_not_merged(void **state)
{
	gm_autofree float *vectors = draw_vectors(8, 300, 40);
	struct gm_vector_segment *items[3];
	struct gm_vector_segment *gap[2];
	struct gm_vector_segment *dims[2];
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autosink sink;

	(void)state;
	gm_segment_sink_to_memory(&sink);
	cut_in_three(items, vectors, 40);
	gap[0] = items[0];
	gap[1] = items[2];
	assert_int_equal(gm_vector_segments_merge(&sink, gap, 2, NULL), GM_EINVALID);
	dims[0] = items[0];
	dims[1] = make_vectors(65, vectors, 10, 30);
	assert_int_equal(gm_vector_segments_merge(&sink, dims, 2, NULL), GM_EINVALID);
	gm_vector_segment_free(dims[1]);
	make_vector_bytes(&bytes, 2, 65, vectors, 10, 40);
	must(gm_vector_segment_take(&dims[1], &bytes));
	assert_int_equal(gm_vector_segments_merge(&sink, dims, 2, NULL), GM_EINVALID);
	gm_vector_segment_free(dims[1]);
	assert_int_equal(sink.size, 0);
	free_three(items);
}

static void a_file_is_mapped_and_says_what_it_holds(void **state)
{
	gm_autofree float *vectors = draw_vectors(9, 500, 40);
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	char *dir = scratch_new();
	gm_autofree char *path = gm_path_join(dir, "a.vectors");
	size_t size;

	(void)state;
	make_vector_bytes(&bytes, 7, 1000, vectors, 500, 40);
	scratch_write(dir, "a.vectors", bytes.ptr, bytes.size);
	must(gm_vector_segment_open(&segment, path));
	assert_int_equal(gm_vector_segment_dims(segment), 40);
	assert_int_equal(gm_vector_segment_first(segment), 1000);
	assert_int_equal(gm_vector_segment_rows(segment), 500);
	assert_int_equal(gm_vector_segment_model(segment)[31], 7);
	const void *all = gm_vector_segment_bytes(&size, segment);
	assert_int_equal(size, bytes.size);
	assert_memory_equal(all, bytes.ptr, size);
	struct gm_vector_segment *none = NULL;
	assert_int_equal(
		gm_vector_segment_open(&none, "/nowhere/a.vectors"), GM_ENOTFOUND);
	assert_null(none);
	scratch_remove(dir);
}

/* Whatever a bit of the header says, nothing behind the end is read; most are noticed. */
static void damaged_headers_and_lengths_are_noticed(void **state)
{
	gm_autofree float *vectors = draw_vectors(10, 3, 24);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	size_t taken = 0;

	(void)state;
	make_vector_bytes(&bytes, 1, 1, vectors, 3, 24);
	for (size_t bit = 0; bit < 128 * 8; bit++) {
		gm_autobuf copy = GM_BUF_INIT(GM_BUF_LARGE);
		struct gm_vector_segment *segment = NULL;
		must(gm_buf_put(&copy, bytes.ptr, bytes.size));
		copy.ptr[bit / 8] = (char)(copy.ptr[bit / 8] ^ 1 << bit % 8);
		int rc = gm_vector_segment_take(&segment, &copy);
		if (rc < 0)
			assert_int_equal(rc, GM_EMISMATCH);
		taken += rc == 0;
		gm_vector_segment_free(segment);
	}
	/* Those of another model, of other rows or with fewer vectors may be. */
	assert_int_equal(taken, 256 + 28 + 2);
	for (size_t size = 0; size < bytes.size; size += 1 + size / 9) {
		gm_autobuf copy = GM_BUF_INIT(GM_BUF_LARGE);
		struct gm_vector_segment *segment = NULL;
		must(gm_buf_put(&copy, bytes.ptr, size));
		assert_int_equal(gm_vector_segment_take(&segment, &copy), GM_EMISMATCH);
	}
}

static void segments_that_cannot_be_are_refused(void **state)
{
	struct gm_vector_builder *builder = NULL;
	const uint8_t model[GM_VECTOR_MODEL_SIZE] = {0};

	(void)state;
	assert_int_equal(gm_vector_builder_new(&builder, model, 0, 1, 1), GM_EINVALID);
	assert_int_equal(gm_vector_builder_new(&builder, model, 4097, 1, 1), GM_EINVALID);
	assert_int_equal(gm_vector_builder_new(&builder, model, 16, 1, 0), GM_EINVALID);
	assert_int_equal(gm_vector_builder_new(&builder, model, 16, -1, 1), GM_EINVALID);
	assert_int_equal(gm_vector_builder_new(&builder, model, 16, GM_BITMAP_MAX_ROW, 2),
		GM_EINVALID);
	must(gm_vector_builder_new(&builder, model, 16, GM_BITMAP_MAX_ROW, 1));
	const float v[16] = {1};
	assert_false(gm_vector_builder_set(builder, 1, v));
	assert_true(gm_vector_builder_set(builder, 0, v));
	assert_true(gm_vector_builder_set(builder, 0, v));
	gm_vector_builder_free(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cosines_are_those_of_the_vectors_given),
		cmocka_unit_test(only_the_direction_of_a_vector_counts),
		cmocka_unit_test(what_has_no_direction_is_no_vector),
		cmocka_unit_test(sums_of_vectors_are_compared_with_a_query),
		cmocka_unit_test(merged_segments_are_those_of_all_rows_at_once),
		cmocka_unit_test(nothing_is_left_of_rows_that_a_merge_drops),
		cmocka_unit_test(segments_that_do_not_fit_together_are_not_merged),
		cmocka_unit_test(a_file_is_mapped_and_says_what_it_holds),
		cmocka_unit_test(damaged_headers_and_lengths_are_noticed),
		cmocka_unit_test(segments_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
