#include "tests/unit/support.h"

#include <string.h>

#include "base/unicode.h"

typedef size_t (*fold_fn)(char *out, size_t cap, const char *text, size_t size);

static void check_fold(fold_fn fold, const char *text, const char *expect, int line)
{
	char folded[64];
	size_t size = fold(folded, sizeof(folded), text, strlen(text));

	if (size != strlen(expect) || memcmp(folded, expect, size) != 0)
		fail_msg("line %d: '%.*s', not '%s'", line, (int)size, folded, expect);
}

static void kinds_of_characters_are_known(void **state)
{
	static const struct {
		const char *text;
		enum gm_unicode_kind kind;
		uint32_t code_point;
	} cases[] = {
		{"a", GM_UNICODE_LETTER, 'a'},
		{"7", GM_UNICODE_DIGIT, '7'},
		{"-", GM_UNICODE_OTHER, '-'},
		{"ß", GM_UNICODE_LETTER, 0xdf},
		{"中", GM_UNICODE_LETTER, 0x4e2d},
		{"½", GM_UNICODE_DIGIT, 0xbd},
		{"\xcc\x81", GM_UNICODE_MARK, 0x301},
		{"\xc2\xad", GM_UNICODE_MARK, 0xad},
		{"\xe2\x80\x94", GM_UNICODE_OTHER, 0x2014},
		{"\xf0\x9f\x98\x80", GM_UNICODE_OTHER, 0x1f600},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t code_point;
		size_t size;
		size_t length = strlen(cases[i].text);

		assert_int_equal(gm_unicode_at(&code_point, &size, cases[i].text, length),
			cases[i].kind);
		assert_int_equal(code_point, cases[i].code_point);
		assert_int_equal(size, length);
	}
}

static void bytes_that_are_no_utf_8_are_taken_one_at_a_time(void **state)
{
	static const char *const cases[] = {
		"\xff\xff", "\xc3", "\xed\xa0\x80", "\xf8\x88\x80", "\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t code_point = 1;
		size_t size;

		assert_int_equal(
			gm_unicode_at(&code_point, &size, cases[i], strlen(cases[i])),
			GM_UNICODE_OTHER);
		assert_int_equal(code_point, 0);
		assert_int_equal(size, 1);
	}
}

static void case_is_folded_and_forms_are_one(void **state)
{
	(void)state;
	check_fold(gm_unicode_fold_case, "Straße", "strasse", __LINE__);
	check_fold(gm_unicode_fold_case, "Cafe\xcc\x81", "café", __LINE__);
	check_fold(gm_unicode_fold_case, "ﾊﾞｽ", "バス", __LINE__);
	check_fold(gm_unicode_fold_case, "ＡＢ", "ab", __LINE__);
	check_fold(gm_unicode_fold_case, "a b\"c", "abc", __LINE__);
}

static void marks_go(void **state)
{
	(void)state;
	check_fold(gm_unicode_strip_marks, "éàñ", "ean", __LINE__);
	check_fold(gm_unicode_strip_marks, "plain", "plain", __LINE__);
}

static void characters_are_never_cut(void **state)
{
	char folded[5];

	(void)state;
	assert_int_equal(gm_unicode_fold_case(folded, 5, "ÄÖÜ", 6), 4);
	assert_memory_equal(folded, "äö", 4);
	assert_int_equal(gm_unicode_fold_case(folded, 0, "a", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_characters_are_known),
		cmocka_unit_test(bytes_that_are_no_utf_8_are_taken_one_at_a_time),
		cmocka_unit_test(case_is_folded_and_forms_are_one),
		cmocka_unit_test(marks_go),
		cmocka_unit_test(characters_are_never_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
