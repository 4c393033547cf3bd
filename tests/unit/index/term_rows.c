#include "tests/unit/index/learning.h"

#include <math.h>

#include "index/term_rows.h"

#define gm_autolesson gm_cleanup(lesson_dispose) struct lesson

/* The terms of a test, numbered in this order. */
static const char *const known[] = {"soup", "salt", "die", "maus", "key", "pot"};
#define N_KNOWN (sizeof(known) / sizeof(*known))

static int number_of(
	uint32_t *out, const char *text, size_t size, uint32_t df, void *payload)
{
	(void)payload;
	assert_true(df > 0);
	for (uint32_t i = 0; i < N_KNOWN; i++)
		if (strlen(known[i]) == size && memcmp(known[i], text, size) == 0) {
			*out = i;
			return 1;
		}
	return 0;
}

static void read_rows(struct gm_term_rows *out, const struct lesson *lesson, size_t end,
	const uint32_t *numbers, size_t n)
{
	gm_autotermlists lists = GM_TERM_LISTS_INIT;
	gm_autotermcounts counts = GM_TERM_COUNTS_INIT;

	must(gm_term_lists_make(&lists, lesson->segments[0], number_of, NULL));
	must(gm_term_lists_read(&counts, &lists, lesson->segments[0], end, numbers));
	must(gm_term_rows_make(out, &counts, n, N_KNOWN));
}

static void expect_row(const struct gm_term_rows *rows, size_t row, const char *expect)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = rows->starts[row]; i < rows->starts[row + 1]; i++)
		must(gm_buf_printf(&found, "%s%s:%.2f", found.size ? " " : "",
			known[rows->terms[i]], (double)rows->weights[i]));
	assert_string_equal(gm_buf_str(&found), expect);
}

static void rows_have_their_terms_with_weights(void **state)
{
	static const uint32_t numbers[] = {1, GM_TERM_NO_ROW, 0};
	gm_autolesson lesson;
	gm_autotermrows rows = GM_TERM_ROWS_INIT;

	(void)state;
	lesson_begin(&lesson);
	add_memory(&lesson, "Soup, soup, salt.", 0, GM_SCOPE_SHARED);
	add_memory(&lesson, "Salt and pot.", 0, GM_SCOPE_SHARED);
	add_memory(&lesson, "Pot roast", 0, GM_SCOPE_SHARED);
	end_segment(&lesson);
	read_rows(&rows, &lesson, 3, numbers, 2);
	expect_row(&rows, 0, "pot:1.00");
	expect_row(&rows, 1, "soup:1.69 salt:1.00");
}

static void rows_behind_the_end_are_read_next(void **state)
{
	uint32_t numbers[300];
	gm_autolesson lesson;
	gm_autotermlists lists = GM_TERM_LISTS_INIT;
	size_t total = 0;

	(void)state;
	lesson_begin(&lesson);
	for (uint32_t i = 0; i < 300; i++) {
		add_memory(&lesson, i % 3 ? "salt" : "salt pot", 0, GM_SCOPE_SHARED);
		numbers[i] = i % 50;
	}
	end_segment(&lesson);
	must(gm_term_lists_make(&lists, lesson.segments[0], number_of, NULL));
	for (size_t end = 50; end <= 300; end += 50) {
		gm_autotermcounts counts = GM_TERM_COUNTS_INIT;
		size_t pots = 0;

		/* Those before were read already. */
		for (size_t i = 0; i < end - 50; i++)
			numbers[i] = GM_TERM_NO_ROW;
		must(gm_term_lists_read(
			&counts, &lists, lesson.segments[0], end, numbers));
		for (size_t i = 0; i < counts.n; i++)
			pots += counts.items[i].term == 5;
		assert_int_equal(counts.n, 50 + pots);
		total += pots;
	}
	assert_int_equal(total, 100);
}

static void stop_words_are_those_of_the_language(void **state)
{
	static const uint32_t numbers[] = {0, 1};
	gm_autolesson lesson;
	gm_autotermrows rows = GM_TERM_ROWS_INIT;

	(void)state;
	lesson_begin(&lesson);
	add_memory(&lesson, "They all die in the soup, and that is what it was for.", 0,
		GM_SCOPE_SHARED);
	add_memory(&lesson,
		"Und dann hat die Maus sich unter dem Tisch versteckt, wo sie war.", 0,
		GM_SCOPE_SHARED);
	end_segment(&lesson);
	read_rows(&rows, &lesson, 2, numbers, 2);
	expect_row(&rows, 0, "soup:1.00 die:1.00");
	expect_row(&rows, 1, "maus:1.00");
}

static void a_term_of_content_and_key_counts_once_with_both(void **state)
{
	static const uint32_t numbers[] = {0};
	gm_autolesson lesson;
	gm_autotermrows rows = GM_TERM_ROWS_INIT;
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	lesson_begin(&lesson);
	must(gm_record_set_content(&record, "salt", 4));
	must(gm_record_set_text(&record.key, "pot/salt"));
	record.created = 1;
	must(gm_analysed_make(&analysed, &record, 0, 0, lesson.stemmer));
	must(gm_posting_builder_new(&lesson.builder, 1));
	must(gm_posting_builder_add(lesson.builder, analysed.ptr, analysed.size));
	end_segment(&lesson);
	read_rows(&rows, &lesson, 1, numbers, 1);
	expect_row(&rows, 0, "salt:1.69 pot:1.00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_have_their_terms_with_weights),
		cmocka_unit_test(rows_behind_the_end_are_read_next),
		cmocka_unit_test(stop_words_are_those_of_the_language),
		cmocka_unit_test(a_term_of_content_and_key_counts_once_with_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
