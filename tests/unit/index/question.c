#include "tests/unit/support.h"

#include <string.h>

#include "index/question.h"

static int setup(void **state)
{
	struct gm_stemmer *stemmer;

	must(gm_stemmer_new(&stemmer));
	*state = stemmer;
	return 0;
}

static int teardown(void **state)
{
	gm_stemmer_free(*state);
	return 0;
}

/* Compare the words, as typed: "one|two". */
static void check_words(
	struct gm_stemmer *stemmer, const char *text, const char *expect, int line)
{
	gm_autoquestion question = GM_QUESTION_INIT;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_question_parse(&question, stemmer, 0, text));
	for (size_t i = 0; i < question.n; i++)
		must(gm_buf_printf(
			&found, "%s%s", i ? "|" : "", question.words[i].typed));
	if (expect && strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: words '%s', not '%s'", line, gm_buf_str(&found),
			expect);
}

static void put_terms(struct gm_buf *out, const struct gm_query_word *word)
{
	for (size_t i = 0; i < word->n; i++)
		must(gm_buf_printf(out, "%s%.*s", i ? "|" : "", (int)word->sizes[i],
			word->terms[i]));
	if (word->prefix)
		must(gm_buf_putc(out, '*'));
}

/* Compare the terms of words or of places: "one|other two". */
static void check_terms(
	const struct gm_query_word *words, size_t n, const char *expect, int line)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);

	for (size_t i = 0; i < n; i++) {
		must(gm_buf_puts(&found, i ? " " : ""));
		put_terms(&found, &words[i]);
	}
	if (strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: terms '%s', not '%s'", line, gm_buf_str(&found),
			expect);
}

#define assert_phrase(phrase, expect) \
	check_terms((phrase).places, (phrase).n, expect, __LINE__)
#define assert_words(stemmer, text, expect) check_words(stemmer, text, expect, __LINE__)

static void stop_words_are_dropped(void **state)
{
	assert_words(*state, "What is the name of my editor?", "name|editor");
	assert_words(*state, "Don't you like tea", "like|tea");
}

static void stop_words_alone_are_searched(void **state)
{
	assert_words(*state, "to be or not to be", "to|be|or|not");
}

static void words_of_one_stem_count_once(void **state)
{
	assert_words(*state, "Run running runs RUN fast", "Run|fast");
}

static void diacritics_and_case_make_no_second_word(void **state)
{
	assert_words(*state, "Caf\xc3\xa9 cafe CAFE\xcc\x81", "Caf\xc3\xa9");
}

static void an_identifier_is_searched_whole_and_in_parts(void **state)
{
	assert_words(
		*state, "uploadWithRetry fails", "upload|uploadWithRetry|Retry|fails");
	assert_words(*state, "v4.2.1", "v4|v4.2.1|2|1");
}

static void forms_of_one_word_are_its_terms(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(
		&question, *state, GM_LANGUAGE_BIT(GM_LANGUAGE_DE), "Rechnungen"));
	check_terms(&question.words[0].word, 1, "rechnungen|rechnung", __LINE__);
}

static void one_character_is_the_beginning_of_pairs(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(&question, *state, 0, "\xe8\x8c\xb6"));
	check_terms(&question.words[0].word, 1, "\xe8\x8c\xb6*", __LINE__);
	assert_words(*state, "\xe8\x8c\xb6", "\xe8\x8c\xb6");
}

static void operators_are_words_or_nothing(void **state)
{
	assert_words(*state, "alpha AND beta OR NEAR(gamma, 2) NOT delta",
		"alpha|beta|NEAR|gamma|2|delta");
	assert_words(*state, "\"x\"y\" y* --z : ^w {content} content:foo + (",
		"x|y|z|w|content|foo");
	assert_words(*state, "'; DROP TABLE words; --", "DROP|TABLE|words");
}

static void a_phrase_is_required_and_its_places_follow_one_another(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(
		&question, *state, 0, "maya \"the staging hosts\" uploadWithRetry"));
	assert_int_equal(question.required.n, 1);
	assert_phrase(question.required.items[0], "the stage host");
	assert_int_equal(question.excluded.n, 0);
	assert_words(*state, "\"the who\" tea", "tea");
	assert_words(*state, "\"tea\" tea", "tea");
}

static void an_identifier_in_a_phrase_has_as_many_places_as_parts(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(&question, *state, 0, "\"uploadWithRetry fails\""));
	assert_phrase(
		question.required.items[0], "upload|uploadwithretri with retri fail");
}

static void the_last_character_counts_only_inside_a_phrase(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(&question, *state, 0,
		"\"\xe8\x8c\xb6\xe9\x81\x93 tea \xe8\x8c\xb6\xe9\x81\x93\""));
	assert_phrase(question.required.items[0],
		"\xe8\x8c\xb6\xe9\x81\x93 \xe9\x81\x93 tea \xe8\x8c\xb6\xe9\x81\x93");
}

static void what_stands_behind_a_dash_is_excluded(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(
		&question, *state, 0, "maya -redis -\"two words\" - -- --x -> -\"\""));
	assert_int_equal(question.required.n, 0);
	assert_int_equal(question.excluded.n, 2);
	assert_phrase(question.excluded.items[0], "redi");
	assert_phrase(question.excluded.items[1], "two word");
	assert_int_equal(question.n, 2);
}

static void words_and_phrases_are_limited(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	for (int i = 0; i < 16; i++)
		must(gm_buf_printf(&text, "\"a a\" -c%d tag:d%d ", i, i));
	must(gm_question_parse(&question, *state, 0, text.ptr));
	assert_int_equal(question.n, 1);
	assert_int_equal(question.required.n, 16);
	assert_int_equal(question.excluded.n, 16);
	gm_buf_reset(&text);
	for (int i = 0; i < 100; i++)
		must(gm_buf_printf(&text, "%s%d", i ? " word" : "\"word", i));
	assert_words(*state, text.ptr, NULL);
}

static void quotes_and_dashes_in_a_long_text_are_not_meant_for_us(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_buf_puts(&text, "the \"virtual\" system is run with -x"));
	for (int i = 0; i < 40; i++) {
		gm_autoquestion question = GM_QUESTION_INIT;
		must(gm_question_parse(&question, *state, 0, text.ptr));
		bool is_long = question.n > GM_QUESTION_SHORT;
		assert_int_equal(question.required.n, !is_long);
		assert_int_equal(question.excluded.n, !is_long);
		assert_int_equal(is_long, i > 17);
		must(gm_buf_printf(&text, " word%d", i));
	}
}

static void quotes_in_a_question_are_around_a_name(void **state)
{
	static const char *const queries[] = {"What is \"Little Women\" about? ",
		"what is \"Little Women\" about", "\"Little Women?\""};

	for (size_t i = 0; i < 3; i++) {
		gm_autoquestion question = GM_QUESTION_INIT;
		must(gm_question_parse(&question, *state, 0, queries[i]));
		assert_int_equal(question.required.n, i > 0);
		assert_int_equal(question.n, 2);
	}
}

static void a_word_that_is_there_more_often_counts_more(void **state)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(&question, *state, 0,
		"interfaces: an interface to the interface of tea"));
	assert_int_equal(question.n, 2);
	assert_int_equal(question.words[0].times, 3);
	assert_true(gm_question_weight(&question.words[1]) == 1);
	assert_true(gm_question_weight(&question.words[0]) > 2);
	assert_true(gm_question_weight(&question.words[0]) < 3);
}

static void a_query_without_a_word_is_wrong_usage(void **state)
{
	static const char *const queries[] = {"", " ", "?!", "\"\"", "* - :", "-maya",
		"tag:x", "-\"a b\" type:y", "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		gm_autoquestion question = GM_QUESTION_INIT;
		assert_int_equal(
			gm_question_parse(&question, *state, 0, queries[i]), GM_EUSAGE);
	}
}

static void odd_bytes_do_no_harm(void **state)
{
	assert_words(*state, "a\x01\x02zebra\x1b[31m\x7f", NULL);
	assert_words(*state, "word \xff\xfe\xc3 \xed\xa0\x80 \xf8\x88 end", NULL);
	assert_words(*state,
		"zebra \xe2\x80\xae\xd7\x90\xd7\x91 \xe4\xb8\xad\xe6\x96\x87", NULL);
}

static void a_long_query_is_cut(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autoquestion question = GM_QUESTION_INIT;

	for (unsigned i = 0; text.size < 100000; i++)
		must(gm_buf_printf(&text, "w%ux the ", i));
	must(gm_question_parse(&question, *state, 0, text.ptr));
	assert_int_equal(question.n, GM_QUESTION_MAX_WORDS);
	assert_string_equal(question.words[63].typed, "w63x");
	assert_words(*state, text.ptr, NULL);
}

static void a_single_word_of_100_kb_is_taken(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	while (text.size < 100000)
		must(gm_buf_puts(&text, "abcdefghij"));
	assert_words(*state, text.ptr, text.ptr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stop_words_are_dropped),
		cmocka_unit_test(stop_words_alone_are_searched),
		cmocka_unit_test(words_of_one_stem_count_once),
		cmocka_unit_test(diacritics_and_case_make_no_second_word),
		cmocka_unit_test(an_identifier_is_searched_whole_and_in_parts),
		cmocka_unit_test(forms_of_one_word_are_its_terms),
		cmocka_unit_test(one_character_is_the_beginning_of_pairs),
		cmocka_unit_test(operators_are_words_or_nothing),
		cmocka_unit_test(a_phrase_is_required_and_its_places_follow_one_another),
		cmocka_unit_test(an_identifier_in_a_phrase_has_as_many_places_as_parts),
		cmocka_unit_test(the_last_character_counts_only_inside_a_phrase),
		cmocka_unit_test(what_stands_behind_a_dash_is_excluded),
		cmocka_unit_test(words_and_phrases_are_limited),
		cmocka_unit_test(quotes_and_dashes_in_a_long_text_are_not_meant_for_us),
		cmocka_unit_test(quotes_in_a_question_are_around_a_name),
		cmocka_unit_test(a_word_that_is_there_more_often_counts_more),
		cmocka_unit_test(a_query_without_a_word_is_wrong_usage),
		cmocka_unit_test(odd_bytes_do_no_harm),
		cmocka_unit_test(a_long_query_is_cut),
		cmocka_unit_test(a_single_word_of_100_kb_is_taken),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
