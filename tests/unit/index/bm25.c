#include "tests/unit/index/shelf.h"

#include <math.h>

/* With as many words of "pad" as are needed to have several lengths. */
#define PAD10 " pad pad pad pad pad pad pad pad pad pad"
#define PAD50 PAD10 PAD10 PAD10 PAD10 PAD10

static const struct shelf_memory memories[] = {
	{"tea and more tea" PAD50 PAD50, NULL, 1, 1},
	{"coffee", NULL, 1, 2},
	{"tea", NULL, 2, 3},
	{"Teas" PAD50 PAD10, NULL, 2, 4},
	{"water" PAD50 PAD50 PAD50, "drinks/tea", 0, 5},
	{"nothing", NULL, 0, 6},
};

#define N (sizeof(memories) / sizeof(*memories))

/* The formula, for a word that `df` of the memories have. */
static double expected(double tf, double length, double df)
{
	double total = 104 + 1 + 1 + 61 + 151 + 1; /* of contents; "and" is one, too */
	double mean = fmax(total / N, 60);
	double idf = log(1 + (N - df + .5) / (df + .5));

	return idf * tf * 2.2 / (tf + 1.2 * (.25 + .75 * fmax(length, 60) / mean));
}

static void assert_near(double value, double expect)
{
	if (fabs(value - expect) > 1e-4)
		fail_msg("%f, not %f", value, expect);
}

static void scores_are_those_of_the_formula_however_rows_are_cut(void **state)
{
	(void)state;
	for (size_t n = 1; n <= N; n++) {
		gm_autobm25 scores = GM_BM25_INIT;
		struct shelf shelf;

		shelf_open(&shelf);
		shelf_fill(&shelf, memories, N, n);
		shelf_score(&scores, &shelf, "tea coffee", 3);
		assert_near(scores.scores[0], expected(2, 104, 3));
		assert_near(scores.scores[1], expected(1, 1, 1));
		assert_near(scores.scores[2], expected(1, 1, 3));
		assert_near(scores.scores[3], expected(1, 61, 3));
		assert_near(scores.scores[4], expected(2, 153, 3));
		assert_true(scores.scores[5] == 0);
		shelf_close(&shelf);
	}
}

static void the_words_of_a_row_are_known(void **state)
{
	gm_autobm25 scores = GM_BM25_INIT;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, N, 2);
	shelf_score(&scores, &shelf, "coffee tea unseen", 3);
	assert_int_equal(scores.words[0], 2);
	assert_int_equal(scores.words[1], 1);
	assert_int_equal(scores.words[4], 2);
	assert_int_equal(scores.words[5], 0);
	assert_int_equal(scores.named[0], 0);
	assert_int_equal(scores.named[4], 2);
	assert_near(gm_bm25_idf(&scores, 3), scores.idf[0] + scores.idf[1]);
	assert_true(scores.idf[2] > scores.idf[0]);
	assert_true(scores.idf[0] > scores.idf[1]);
	assert_near(scores.total_idf, gm_bm25_idf(&scores, 7));
	shelf_close(&shelf);
}

static void rows_that_are_not_in_the_view_have_no_score(void **state)
{
	gm_autobm25 scores = GM_BM25_INIT;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, N, 2);
	gm_bitmap_clear(&shelf.view, 1);
	gm_bitmap_clear(&shelf.view, 4);
	shelf_score(&scores, &shelf, "tea", 3);
	assert_true(scores.scores[0] == 0);
	assert_int_equal(scores.words[0], 0);
	assert_near(scores.scores[2], expected(1, 1, 3));
	assert_true(scores.scores[3] == 0);
	shelf_close(&shelf);
}

/* Two sessions, one word in both, the other in one. */
static void a_session_is_scored_as_one_text(void **state)
{
	gm_autobm25 scores = GM_BM25_INIT;
	struct shelf shelf;
	double in_both = log(1 + .5 / 2.5);
	double in_one = log(1 + 1.5 / 1.5);
	double norm = .9 * (.5 + .5 * 105 / ((105 + 62) / 2.));

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, N, 1);
	shelf_score(&scores, &shelf, "tea coffee", 3);
	assert_near(gm_bm25_session(&scores, 1, 105),
		in_both * 2 * 1.9 / (2 + norm) + in_one * 1.9 / (1 + norm));
	assert_true(gm_bm25_session(&scores, 3, 105) == 0);
	shelf_close(&shelf);
}

static void labels_that_cannot_be_are_those_of_no_session(void **state)
{
	gm_autobm25 scores = GM_BM25_INIT;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, memories, N, 1);
	shelf_score(&scores, &shelf, "tea coffee", 2);
	assert_true(gm_bm25_session(&scores, 1, 105) > 0);
	assert_true(gm_bm25_session(&scores, 2, 62) == 0);
	shelf_close(&shelf);
}

/* Several terms that mean one word: of those in a row the most frequent counts. */
static void a_word_with_several_terms_counts_once(void **state)
{
	static const struct shelf_memory german[] = {
		{"Die Rechnung an die Behörde und eine andere Rechnung", NULL, 0, 1},
		{"invoices", NULL, 0, 2},
		{"no Rechnungen were seen by the office of the town", NULL, 0, 3},
	};
	gm_autobm25 scores = GM_BM25_INIT;
	gm_autoquestion question = GM_QUESTION_INIT;
	struct shelf shelf;

	(void)state;
	shelf_open(&shelf);
	shelf_fill(&shelf, german, 3, 1);
	must(gm_question_parse(
		&question, shelf.stemmer, GM_LANGUAGE_BIT(GM_LANGUAGE_DE), "Rechnungen"));
	assert_int_equal(question.n, 1);
	assert_true(question.words[0].word.n > 1);
	must(gm_bm25_make(&scores, &shelf.ordinals, &shelf.view, &question, 0, 0));
	assert_near(scores.scores[0] / scores.scores[2], (2 / 3.2) / (1 / 2.2));
	assert_true(scores.scores[1] == 0);
	shelf_close(&shelf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_those_of_the_formula_however_rows_are_cut),
		cmocka_unit_test(the_words_of_a_row_are_known),
		cmocka_unit_test(rows_that_are_not_in_the_view_have_no_score),
		cmocka_unit_test(a_session_is_scored_as_one_text),
		cmocka_unit_test(labels_that_cannot_be_are_those_of_no_session),
		cmocka_unit_test(a_word_with_several_terms_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
