#include "tests/unit/index/postings.h"

#define MAX_PARTS 8

/* Cut a corpus at random places and merge the parts. */
static struct gm_posting_segment *merge_of(const struct corpus *corpus, int64_t first,
	size_t n, struct random *random, const struct gm_bitmap *without)
{
	struct gm_posting_segment *parts[MAX_PARTS];
	struct gm_posting_segment *merged;
	size_t from = 0;
	gm_autosink sink;

	for (size_t i = 0; i < n; i++) {
		size_t left = corpus->n - from - (n - i - 1);
		size_t size =
			i + 1 == n ? left : 1 + random_below(random, (uint32_t)left);
		parts[i] = corpus_segment(corpus, first, from, from + size);
		from += size;
	}
	gm_segment_sink_to_memory(&sink);
	must(gm_posting_segments_merge(&sink, parts, n, without));
	must(gm_posting_segment_take(&merged, &sink.bytes));
	for (size_t i = 0; i < n; i++)
		gm_posting_segment_free(parts[i]);
	return merged;
}

static void assert_same(
	const struct gm_posting_segment *a, const struct gm_posting_segment *b)
{
	size_t a_size;
	size_t b_size;
	const void *a_bytes = gm_posting_segment_bytes(&a_size, a);
	const void *b_bytes = gm_posting_segment_bytes(&b_size, b);

	assert_int_equal(a_size, b_size);
	assert_memory_equal(a_bytes, b_bytes, a_size);
}

static void merged_parts_are_what_was_never_cut(void **state)
{
	static const size_t sizes[] = {8, 9, 130, 257, 700, 1500};
	struct random random = {1};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct corpus corpus;
		corpus_make(&corpus, sizes[i], i + 100);
		struct gm_posting_segment *whole =
			corpus_segment(&corpus, 5, 0, corpus.n);
		for (size_t n = 1; n <= MAX_PARTS; n++) {
			struct gm_posting_segment *merged =
				merge_of(&corpus, 5, n, &random, NULL);
			assert_same(merged, whole);
			gm_posting_segment_free(merged);
		}
		gm_posting_segment_free(whole);
		corpus_dispose(&corpus);
	}
}

static void nothing_is_left_of_dropped_rows(void **state)
{
	struct random random = {2};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct corpus corpus;
		struct model model;
		gm_autobitmap without = GM_BITMAP_INIT;
		corpus_make(&corpus, 500, i + 200);
		for (int64_t row = 0; row < 2000; row++)
			if (random_below(&random, i == 3 ? 200 : 3) == 0)
				must(gm_bitmap_set(&without, row));
		model_make(&model, &corpus, 1000, &without);
		struct gm_posting_segment *merged =
			merge_of(&corpus, 1000, 1 + i * 2, &random, &without);
		check_terms_of(merged, &model);
		/* It is as if they had been empty from the beginning. */
		for (size_t k = 0; k < corpus.n; k++)
			if (gm_bitmap_test(&without, 1000 + (int64_t)k))
				gm_buf_reset(&corpus.rows[k]);
		struct gm_posting_segment *never =
			corpus_segment(&corpus, 1000, 0, corpus.n);
		assert_same(merged, never);
		gm_posting_segment_free(never);
		gm_posting_segment_free(merged);
		model_dispose(&model);
		corpus_dispose(&corpus);
	}
}

static void all_rows_may_be_dropped(void **state)
{
	struct corpus corpus;
	struct random random = {3};
	struct gm_posting_totals totals;
	gm_autobitmap without = GM_BITMAP_INIT;
	struct model model = {0};

	(void)state;
	corpus_make(&corpus, 50, 300);
	for (int64_t row = 1; row <= 50; row++)
		must(gm_bitmap_set(&without, row));
	struct gm_posting_segment *merged = merge_of(&corpus, 1, 2, &random, &without);
	check_terms_of(merged, &model);
	gm_posting_segment_totals(&totals, merged);
	assert_int_equal(totals.documents, 0);
	assert_int_equal(totals.length, 0);
	assert_int_equal(gm_posting_segment_rows(merged), 50);
	gm_posting_segment_free(merged);
	corpus_dispose(&corpus);
}

static void only_neighbours_are_merged(void **state)
{
	struct corpus corpus;
	struct gm_posting_segment *parts[2];

	(void)state;
	corpus_make(&corpus, 60, 400);
	for (size_t gap = 0; gap < 3; gap++) {
		gm_autosink sink;
		parts[0] = corpus_segment(&corpus, 1, 0, 20);
		parts[1] = corpus_segment(&corpus, 1, 19 + gap, 40);
		gm_segment_sink_to_memory(&sink);
		assert_int_equal(gm_posting_segments_merge(&sink, parts, 2, NULL),
			gap == 1 ? 0 : GM_EINVALID);
		gm_segment_sink_dispose(&sink);
		gm_segment_sink_to_memory(&sink);
		assert_int_equal(
			gm_posting_segments_merge(&sink, parts, 0, NULL), GM_EINVALID);
		gm_posting_segment_free(parts[0]);
		gm_posting_segment_free(parts[1]);
	}
	corpus_dispose(&corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_parts_are_what_was_never_cut),
		cmocka_unit_test(nothing_is_left_of_dropped_rows),
		cmocka_unit_test(all_rows_may_be_dropped),
		cmocka_unit_test(only_neighbours_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
