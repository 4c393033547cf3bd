#include "tests/unit/support.h"

#include <string.h>

#include "base/error.h"
#include "base/pattern.h"

static bool matches(const char *text, unsigned flags, const char *in)
{
	gm_autopattern pattern = GM_PATTERN_INIT;

	must(gm_pattern_compile(&pattern, text, flags));
	return gm_pattern_match(&pattern, in, strlen(in));
}

static void patterns_are_basic_or_extended(void **state)
{
	(void)state;
	assert_true(matches("a.c", 0, "xabcx"));
	assert_true(matches("a(b)", 0, "a(b)"));
	assert_true(matches("\\(a\\|b\\)c", 0, "bc"));
	assert_false(matches("(a|b)c", 0, "bc"));
	assert_true(matches("(a|b)c", GM_PATTERN_EXTENDED, "bc"));
	assert_true(matches("", 0, ""));
	assert_false(matches("ABC", 0, "abc"));
	assert_true(matches("ABC", GM_PATTERN_ANY_CASE, "abc"));
}

static void plain_text_stands_for_itself(void **state)
{
	static const char text[] = "^a.b*[c]\\$+?(d|e){1}";

	(void)state;
	assert_true(matches(text, GM_PATTERN_FIXED, "..^a.b*[c]\\$+?(d|e){1}.."));
	assert_false(matches(text, GM_PATTERN_FIXED, "^axb*[c]\\$+?(d|e){1}"));
	assert_true(matches("A.", GM_PATTERN_FIXED | GM_PATTERN_ANY_CASE, "xa."));
	assert_false(matches("a.", GM_PATTERN_FIXED | GM_PATTERN_EXTENDED, "ab"));
}

static void lines_end_where_newlines_are_only_when_asked(void **state)
{
	(void)state;
	assert_true(matches("^b$", GM_PATTERN_LINES, "a\nb\nc"));
	assert_false(matches("^b$", 0, "a\nb\nc"));
	assert_true(matches("a.b", 0, "a\nb"));
	assert_false(matches("a.b", GM_PATTERN_LINES, "a\nb"));
}

static void only_the_bytes_given_are_looked_at(void **state)
{
	gm_autopattern pattern = GM_PATTERN_INIT;

	(void)state;
	must(gm_pattern_compile(&pattern, "b$", 0));
	assert_true(gm_pattern_match(&pattern, "abc", 2));
	assert_false(gm_pattern_match(&pattern, "abc", 3));
	assert_false(gm_pattern_match(&pattern, "abc", 0));
}

static void what_is_no_pattern_is_refused(void **state)
{
	gm_autopattern pattern = GM_PATTERN_INIT;
	char text[GM_PATTERN_MAX + 2];

	(void)state;
	assert_int_equal(gm_pattern_compile(&pattern, "[a", 0), GM_EINVALID);
	assert_non_null(strstr(gm_error_last()->message, "bad pattern '[a': "));
	assert_int_equal(
		gm_pattern_compile(&pattern, "(", GM_PATTERN_EXTENDED), GM_EINVALID);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(gm_pattern_compile(&pattern, text, 0), GM_EINVALID);
	text[sizeof(text) - 2] = '\0';
	must(gm_pattern_compile(&pattern, text, GM_PATTERN_FIXED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_basic_or_extended),
		cmocka_unit_test(plain_text_stands_for_itself),
		cmocka_unit_test(lines_end_where_newlines_are_only_when_asked),
		cmocka_unit_test(only_the_bytes_given_are_looked_at),
		cmocka_unit_test(what_is_no_pattern_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
