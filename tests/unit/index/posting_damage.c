#include "tests/unit/index/postings.h"

#include "index/packed.h"
#include "index/phrase.h"

/* Changed, a segment may tell anything, but only of itself. */
static int look_at(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	const struct gm_posting_segment *segment = payload;
	struct gm_posting_list at = *list;
	struct gm_posting_block block;
	gm_autoplaces places = GM_PLACES_INIT;
	int rc;

	assert_true(size > 0 && text);
	while ((rc = gm_posting_list_next(&block, &at)) == 1) {
		assert_in_range(block.n, 1, GM_POSTING_BLOCK);
		for (size_t i = 0; i < block.n; i++)
			assert_true(block.rows[i] < gm_posting_segment_rows(segment) &&
				block.tf[i] && (!i || block.rows[i] > block.rows[i - 1]));
		int places_rc = gm_posting_list_places(&places, &at, &block);
		assert_true(places_rc == 0 || places_rc == GM_EMISMATCH);
	}
	assert_true(rc == 0 || rc == GM_EMISMATCH);
	return rc;
}

static bool is_well(int rc)
{
	assert_true(rc == 0 || rc == 1 || rc == GM_EMISMATCH);
	return rc != GM_EMISMATCH;
}

/* Ask for everything. True when nothing was found to be damaged. */
static bool look(struct gm_posting_segment *segment)
{
	struct gm_query_word words[2] = {
		{.n = 1, .sizes = {3}, .terms = {"w0q"}},
		{.n = 1, .sizes = {1}, .terms = {"w"}, .prefix = true},
	};
	gm_autobitmap rows = GM_BITMAP_INIT;
	struct gm_posting_list list;
	gm_autosink sink;
	bool well = true;
	size_t n;

	for (const char *field = "acknt"; *field; field++) {
		well &= is_well(gm_posting_segment_prefix(
			segment, (enum gm_field) * field, "", 0, look_at, segment));
		well &= is_well(gm_posting_segment_find(
			&list, segment, (enum gm_field) * field, "w7q", 3));
	}
	well &= is_well(gm_phrase_find(&rows, segment, words, 2));
	gm_segment_sink_to_memory(&sink);
	well &= is_well(gm_posting_segments_merge(&sink, &segment, 1, &rows));
	for (uint32_t i = 0; i < gm_posting_segment_rows(segment); i++) {
		assert_in_range(gm_posting_segment_session(&n, segment, i % 5), 0,
			gm_posting_segment_rows(segment));
	}
	return well;
}

static void put_segment(struct gm_buf *out, size_t rows)
{
	struct corpus corpus;
	size_t size;

	corpus_make(&corpus, rows, 55);
	struct gm_posting_segment *segment = corpus_segment(&corpus, 1, 0, corpus.n);
	const void *bytes = gm_posting_segment_bytes(&size, segment);
	must(gm_buf_put(out, bytes, size));
	gm_posting_segment_free(segment);
	corpus_dispose(&corpus);
}

/* 1: refused; 2: found to be damaged; 0: not. */
static int take(const void *data, size_t size)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_posting_segment *segment = NULL;

	must(gm_buf_put(&bytes, data, size));
	int rc = gm_posting_segment_take(&segment, &bytes);
	if (rc < 0) {
		assert_int_equal(rc, GM_EMISMATCH);
		assert_int_equal(bytes.size, size);
		return 1;
	}
	bool well = look(segment);
	gm_posting_segment_free(segment);
	return well ? 0 : 2;
}

static void a_segment_cut_off_anywhere_is_refused(void **state)
{
	gm_autobuf whole = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	put_segment(&whole, 150);
	assert_int_equal(take(whole.ptr, whole.size), 0);
	for (size_t size = 0; size < whole.size; size++)
		assert_int_equal(take(whole.ptr, size), 1);
	must(gm_buf_putc(&whole, 0));
	assert_int_equal(take(whole.ptr, whole.size), 1);
}

static void any_byte_may_be_another_one(void **state)
{
	gm_autobuf whole = GM_BUF_INIT(GM_BUF_LARGE);
	size_t n[3] = {0};

	(void)state;
	put_segment(&whole, 140);
	/* Each of the trailer, and some of the others. */
	for (size_t i = 0; i < whole.size; i += i + 120 < whole.size ? 31 : 1) {
		static const unsigned flips[] = {0x01, 0x80, 0xff};
		char flip = (char)flips[i % 3];
		whole.ptr[i] ^= flip;
		n[take(whole.ptr, whole.size)]++;
		whole.ptr[i] ^= flip;
	}
	/* What is not found out here, the checksum of the file tells. */
	assert_true(n[1] > 40 && n[2] > 40);
}

static void many_bytes_may_be_other_ones(void **state)
{
	gm_autobuf whole = GM_BUF_INIT(GM_BUF_LARGE);
	struct random random = {9};

	(void)state;
	put_segment(&whole, 200);
	for (size_t round = 0; round < 80; round++) {
		gm_autobuf changed = GM_BUF_INIT(GM_BUF_LARGE);
		must(gm_buf_put(&changed, whole.ptr, whole.size));
		for (uint32_t n = random_below(&random, 40); n; n--)
			changed.ptr[random_below(&random, (uint32_t)changed.size - 90)] =
				(char)random_below(&random, 256);
		(void)take(changed.ptr, changed.size);
	}
}

static void what_is_no_segment_is_refused(void **state)
{
	char zeros[4096] = {0};
	char text[4096];

	(void)state;
	assert_int_equal(take(zeros, sizeof(zeros)), 1);
	memset(text, 'x', sizeof(text));
	assert_int_equal(take(text, sizeof(text)), 1);
	assert_int_equal(take("", 0), 1);
}

static void a_frequency_that_would_wrap_is_none(void **state)
{
	/* Distance 3 with another frequency than 1, which is UINT64_MAX - 1 less two. */
	static const uint8_t bytes[] = {
		6, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
	static const uint8_t good[] = {6, 1};
	uint64_t distance;
	uint64_t tf;

	(void)state;
	assert_null(gm_posting_get(&distance, &tf, bytes, bytes + sizeof(bytes)));
	assert_ptr_equal(gm_posting_get(&distance, &tf, good, good + 2), good + 2);
	assert_int_equal(distance, 3);
	assert_int_equal(tf, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_cut_off_anywhere_is_refused),
		cmocka_unit_test(any_byte_may_be_another_one),
		cmocka_unit_test(many_bytes_may_be_other_ones),
		cmocka_unit_test(what_is_no_segment_is_refused),
		cmocka_unit_test(a_frequency_that_would_wrap_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
