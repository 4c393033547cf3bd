#include "tests/unit/support.h"

#include <string.h>

#include "index/query_words.h"

static int setup(void **state)
{
	struct gm_database *database;

	must(gm_database_open(&database, NULL, GM_DATABASE_MEMORY));
	must(gm_database_exec(database,
		"CREATE VIRTUAL TABLE words USING fts5(content, content='',"
		" tokenize='gitmem')"));
	*state = database;
	return 0;
}

static int teardown(void **state)
{
	gm_database_free(*state);
	return 0;
}

/* Parse, compare the words ("one|two"), and let FTS5 judge the expression. */
static void check_words(
	struct gm_database *database, const char *text, const char *expect, int line)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;
	gm_autobuf found = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autostatement *statement = NULL;

	must(gm_query_words_parse(&query, database, 0, text));
	for (size_t i = 0; i < query.words.n; i++)
		must(gm_buf_printf(&found, "%s%s", i ? "|" : "", query.words.items[i]));
	if (expect && strcmp(gm_buf_str(&found), expect) != 0)
		fail_msg("line %d: words '%s', not '%s'", line, gm_buf_str(&found),
			expect);
	must(gm_statement_get(
		&statement, database, "SELECT rowid FROM words WHERE words MATCH ?1"));
	gm_bind_text(statement, 1, gm_buf_str(&query.match));
	must(gm_statement_run(statement));
}

#define assert_words(database, text, expect) check_words(database, text, expect, __LINE__)

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

static void forms_of_one_word_are_one_phrase(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(
		&query, *state, GM_LANGUAGE_BIT(GM_LANGUAGE_DE), "Rechnungen"));
	assert_string_equal(query.match.ptr, "\"rechnungen\x1frechnung\"");
}

static void one_character_is_the_beginning_of_pairs(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(&query, *state, 0, "\xe8\x8c\xb6"));
	assert_string_equal(query.match.ptr, "\"\xe8\x8c\xb6\"*");
	assert_words(*state, "\xe8\x8c\xb6", "\xe8\x8c\xb6");
}

static void operators_are_words_or_nothing(void **state)
{
	assert_words(*state, "alpha AND beta OR NEAR(gamma, 2) NOT delta",
		"alpha|beta|NEAR|gamma|2|delta");
	assert_words(*state, "\"x\"y\" y* --z : ^w {content} content:foo + (",
		"x|y|z|w|content|foo|x\"y");
	assert_words(*state, "'; DROP TABLE words; --", "DROP|TABLE|words");
}

static void a_phrase_is_required_and_its_places_follow_one_another(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(
		&query, *state, 0, "maya \"the staging hosts\" uploadWithRetry"));
	assert_int_equal(query.required.n, 1);
	assert_string_equal(query.required.items[0], "\"the\" + \"stage\" + \"host\"");
	assert_int_equal(query.excluded.n, 0);
	assert_words(*state, "\"the who\" tea", "tea|the who");
	assert_words(*state, "\"tea\" tea", "tea");
}

static void an_identifier_in_a_phrase_has_as_many_places_as_parts(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(&query, *state, 0, "\"uploadWithRetry fails\""));
	assert_string_equal(query.required.items[0],
		"\"upload\x1fuploadwithretri\" + \"with\" + \"retri\" + \"fail\"");
}

static void the_last_character_counts_only_inside_a_phrase(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(&query, *state, 0,
		"\"\xe8\x8c\xb6\xe9\x81\x93 tea \xe8\x8c\xb6\xe9\x81\x93\""));
	assert_string_equal(query.required.items[0],
		"\"\xe8\x8c\xb6\xe9\x81\x93\" + \"\xe9\x81\x93\" + \"tea\" + "
		"\"\xe8\x8c\xb6\xe9\x81\x93\"");
}

static void what_stands_behind_a_dash_is_excluded(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	must(gm_query_words_parse(
		&query, *state, 0, "maya -redis -\"two words\" - -- --x -> -\"\""));
	assert_int_equal(query.required.n, 0);
	assert_int_equal(query.excluded.n, 2);
	assert_string_equal(query.excluded.items[0], "\"redi\"");
	assert_string_equal(query.excluded.items[1], "\"two\" + \"word\"");
	assert_int_equal(query.words.n, 2);
}

static void words_and_phrases_stay_below_the_limit(void **state)
{
	gm_autoquery query = GM_QUERY_WORDS_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	for (int i = 0; i < 500; i++)
		must(gm_buf_printf(&text, "\"a%d b%d\" -c%d tag:d%d ", i, i, i, i));
	must(gm_query_words_parse(&query, *state, 0, text.ptr));
	assert_int_equal(query.words.n, GM_QUERY_MAX_WORDS);
	assert_int_equal(query.required.n, 16);
	assert_int_equal(query.excluded.n, 16);
	gm_buf_reset(&text);
	for (int i = 0; i < 100; i++)
		must(gm_buf_printf(&text, "%s%d", i ? " word" : "\"word", i));
	assert_words(*state, text.ptr, NULL);
}

static void a_query_without_a_word_is_wrong_usage(void **state)
{
	static const char *const queries[] = {"", " ", "?!", "\"\"", "* - :", "-maya",
		"tag:x", "-\"a b\" type:y", "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		gm_autoquery query = GM_QUERY_WORDS_INIT;
		assert_int_equal(
			gm_query_words_parse(&query, *state, 0, queries[i]), GM_EUSAGE);
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
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	for (unsigned i = 0; text.size < 100000; i++)
		must(gm_buf_printf(&text, "w%ux the ", i));
	must(gm_query_words_parse(&query, *state, 0, text.ptr));
	assert_int_equal(query.words.n, GM_QUERY_MAX_WORDS);
	assert_string_equal(query.words.items[63], "w63x");
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
		cmocka_unit_test(forms_of_one_word_are_one_phrase),
		cmocka_unit_test(one_character_is_the_beginning_of_pairs),
		cmocka_unit_test(operators_are_words_or_nothing),
		cmocka_unit_test(a_phrase_is_required_and_its_places_follow_one_another),
		cmocka_unit_test(an_identifier_in_a_phrase_has_as_many_places_as_parts),
		cmocka_unit_test(the_last_character_counts_only_inside_a_phrase),
		cmocka_unit_test(what_stands_behind_a_dash_is_excluded),
		cmocka_unit_test(words_and_phrases_stay_below_the_limit),
		cmocka_unit_test(a_query_without_a_word_is_wrong_usage),
		cmocka_unit_test(odd_bytes_do_no_harm),
		cmocka_unit_test(a_long_query_is_cut),
		cmocka_unit_test(a_single_word_of_100_kb_is_taken),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
