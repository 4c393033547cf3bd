#include "tests/unit/support.h"

#include "base/shell_quote.h"

static void words_come_back_from_their_quotes(void **state)
{
	static const char *const words[] = {
		"plain", "", "with blank", "it's", "''", "a\\b", "--x=$y;", "-- *"};
	const size_t n = sizeof(words) / sizeof(*words);
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf answer = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autostrv split = GM_STRV_INIT;

	(void)state;
	must(gm_shell_quote_all(&line, words, n));
	must(gm_shell_split(&split, gm_buf_str(&line)));
	assert_int_equal(split.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(split.items[i], words[i]);
	gm_autofree char *command = gm_format("printf '<%%s>' %s", gm_buf_str(&line));
	assert_int_equal(shell(&answer, ".", command), 0);
	assert_string_equal(gm_buf_str(&answer),
		"<plain><><with blank><it's><''><a\\b><--x=$y;><-- *>");
}

static void words_need_no_quotes(void **state)
{
	gm_autostrv split = GM_STRV_INIT;

	(void)state;
	must(gm_shell_split(&split, "  one t'w'o \\'three\n"));
	assert_int_equal(split.n, 3);
	assert_string_equal(split.items[0], "one");
	assert_string_equal(split.items[1], "two");
	assert_string_equal(split.items[2], "'three");
}

static void a_quote_that_does_not_end_is_refused(void **state)
{
	gm_autostrv split = GM_STRV_INIT;

	(void)state;
	assert_int_equal(gm_shell_split(&split, "'one' 'two"), GM_EINVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_come_back_from_their_quotes),
		cmocka_unit_test(words_need_no_quotes),
		cmocka_unit_test(a_quote_that_does_not_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
