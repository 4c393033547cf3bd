#include "tests/unit/support.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/file.h"
#include "index/segment_sink.h"

static void fill(uint8_t *out, size_t size)
{
	uint32_t state = 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		out[i] = (uint8_t)(state >> 24);
	}
}

/* A frame of zstd ends with the lower half of the XXH64 of its contents. */
static uint32_t zstd_sum(const void *data, size_t size)
{
	size_t cap = ZSTD_compressBound(size);
	uint8_t *frame = malloc(cap);
	ZSTD_CCtx *context = ZSTD_createCCtx();
	uint32_t sum = 0;

	assert_false(
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
	size_t n = ZSTD_compress2(context, frame, cap, data, size);
	assert_false(ZSTD_isError(n));
	for (size_t i = 0; i < 4; i++)
		sum |= (uint32_t)frame[n - 4 + i] << 8 * i;
	ZSTD_freeCCtx(context);
	free(frame);
	return sum;
}

static void sums_are_those_of_zstd(void **state)
{
	uint8_t data[300];

	(void)state;
	fill(data, sizeof(data));
	for (size_t size = 0; size <= sizeof(data); size++)
		assert_int_equal(
			(uint32_t)gm_file_sum_of(data, size), zstd_sum(data, size));
}

static void published_sums_come_out(void **state)
{
	(void)state;
	assert_true(gm_file_sum_of("", 0) == UINT64_C(0xef46db3751d8e999));
	assert_true(gm_file_sum_of("a", 1) == UINT64_C(0xd24ec4f1a98c6e5b));
	assert_true(gm_file_sum_of("abc", 3) == UINT64_C(0x44bc2cf5ad770999));
}

static void pieces_give_the_sum_of_the_whole(void **state)
{
	uint8_t data[1000];

	(void)state;
	fill(data, sizeof(data));
	for (size_t piece = 1; piece < 100; piece++) {
		struct gm_file_sum sum;
		gm_file_sum_init(&sum);
		for (size_t at = 0; at < sizeof(data); at += piece) {
			size_t left = sizeof(data) - at;
			gm_file_sum_add(&sum, data + at, left < piece ? left : piece);
			assert_true(gm_file_sum_get(&sum) ==
				gm_file_sum_of(
					data, left < piece ? sizeof(data) : at + piece));
		}
	}
}

/* The pieces are smaller and larger than what is buffered. */
static const size_t pieces[] = {1, 0, 7, 300000, 64, 262144, 262143, 9, 1000000, 3};

static void put_pieces(struct gm_segment_sink *sink, const uint8_t *data)
{
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		must(gm_segment_sink_put(sink, data, pieces[i]));
		data += pieces[i];
	}
	must(gm_segment_sink_align(sink, 8));
	assert_int_equal(sink->size % 8, 0);
	must(gm_segment_sink_align(sink, 8));
}

static void a_file_and_memory_are_given_the_same(void **state)
{
	char *dir = scratch_new();
	size_t size = 2 << 20;
	uint8_t *data = malloc(size);
	gm_autobuf read = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autosink to_file;
	gm_autosink to_memory;
	uint64_t file_sum;
	uint64_t memory_sum;

	(void)state;
	fill(data, size);
	must(gm_tempfile_open(&temp, dir, "x", 0666));
	gm_segment_sink_to_file(&to_file, temp.fd, temp.path);
	gm_segment_sink_to_memory(&to_memory);
	put_pieces(&to_file, data);
	put_pieces(&to_memory, data);
	must(gm_segment_sink_finish(&to_file, &file_sum));
	must(gm_segment_sink_finish(&to_memory, &memory_sum));
	must(gm_file_read(&read, temp.path));
	assert_int_equal(read.size, to_memory.size);
	assert_int_equal(to_file.size, to_memory.size);
	assert_memory_equal(read.ptr, to_memory.bytes.ptr, read.size);
	assert_true(file_sum == memory_sum);
	assert_true(file_sum == gm_file_sum_of(read.ptr, read.size));
	free(data);
	gm_tempfile_dispose(&temp);
	scratch_remove(dir);
}

static void a_file_that_cannot_be_written_fails(void **state)
{
	gm_autosink sink;

	(void)state;
	gm_segment_sink_to_file(&sink, 9999, "nowhere");
	must(gm_segment_sink_put(&sink, "a", 1));
	assert_true(gm_segment_sink_finish(&sink, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_zstd),
		cmocka_unit_test(published_sums_come_out),
		cmocka_unit_test(pieces_give_the_sum_of_the_whole),
		cmocka_unit_test(a_file_and_memory_are_given_the_same),
		cmocka_unit_test(a_file_that_cannot_be_written_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
