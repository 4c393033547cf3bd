#include "base/utf8.h"

#include <string.h>

#include "tests/unit/support.h"

static bool valid(const char *text)
{
	return gm_utf8_valid(text, strlen(text));
}

static void well_formed_text_is_valid(void **state)
{
	(void)state;
	assert_true(valid(""));
	assert_true(valid("plain ASCII text, longer than eight bytes\t\n\x7f"));
	assert_true(valid("\xc2\x80 \xdf\xbf"));
	assert_true(valid("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"));
	assert_true(valid("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

static void broken_text_is_not(void **state)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc3", "\xc3(", "\xe2\x82",
		"\xe2(\xa1", "\xf0\x9f\x98", "\xf0\x28\x8c\xbc", "\xfe", "\xff",
		"\xf8\x88\x80\x80\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (size_t before = 0; before < 20; before++) {
			char text[64] = "";
			memset(text, 'a', before);
			strcat(text, bad[i]);
			assert_false(valid(text));
			strcat(text, "tail of the text");
			assert_false(valid(text));
		}
}

static void overlong_forms_and_surrogates_are_not(void **state)
{
	static const char *const bad[] = {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
		"\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf7\xbf\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(valid(bad[i]));
}

static void nul_is_not_text(void **state)
{
	char text[32];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		assert_true(gm_utf8_valid(text, sizeof(text)));
		text[at] = '\0';
		assert_false(gm_utf8_valid(text, sizeof(text)));
	}
}

/* Every code point, encoded by hand, against the rule. */
static void every_code_point_decodes(void **state)
{
	(void)state;
	for (uint32_t point = 1; point < 0x110000; point += point < 0x3000 ? 1 : 61) {
		char text[5] = "";
		size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
		static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
		uint32_t rest = point;
		for (size_t i = n; i-- > 1; rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)(lead[n] | rest);
		bool surrogate = point >= 0xd800 && point < 0xe000;
		assert_int_equal(gm_utf8_valid(text, n), !surrogate);
		size_t size = 0;
		if (!surrogate) {
			assert_int_equal(gm_utf8_decode(&size, text), point);
			assert_int_equal(size, n);
		}
	}
}

static void controls_are_c0_c1_and_del(void **state)
{
	(void)state;
	assert_true(gm_utf8_is_control(0));
	assert_true(gm_utf8_is_control('\n'));
	assert_true(gm_utf8_is_control(0x7f));
	assert_true(gm_utf8_is_control(0x9f));
	assert_false(gm_utf8_is_control(' '));
	assert_false(gm_utf8_is_control(0xa0));
	assert_false(gm_utf8_is_control(0x200d));
}

static void broken_bytes_are_replaced_one_by_one(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_utf8_replace(&out, "a\xff\xc3\xa4\xe2\x82z\0y", 9));
	assert_string_equal(gm_buf_str(&out),
		"a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbdy");
}

static void check_nfc(const char *text, const char *want)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_buf_puts(&out, "-"));
	must(gm_utf8_nfc(&out, text, strlen(text)));
	assert_string_equal(gm_buf_str(&out) + 1, want);
}

static void nfc_composes(void **state)
{
	(void)state;
	check_nfc("", "");
	check_nfc("plain", "plain");
	check_nfc("a\xcc\x88", "\xc3\xa4");
	check_nfc("\xe2\x84\xab", "\xc3\x85");                 /* the angstrom sign */
	check_nfc("q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87");   /* marks in order */
	check_nfc("\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80"); /* Hangul */
	check_nfc("\xef\xac\x81 \xc3\x9f A", "\xef\xac\x81 \xc3\x9f A"); /* and no more */
}

static void nfc_refuses_what_is_no_utf8(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(gm_utf8_nfc(&out, "a\xff", 2), GM_EINVALID);
	assert_int_equal(gm_utf8_nfc(&out, "a\0", 2), GM_EINVALID);
	assert_int_equal(gm_utf8_fold(&out, "\xc3", 1), GM_EINVALID);
	assert_int_equal(out.size, 0);
}

static bool folds_alike(const char *a, const char *b)
{
	gm_autobuf left = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf right = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_utf8_fold(&left, a, strlen(a)));
	must(gm_utf8_fold(&right, b, strlen(b)));
	return !strcmp(gm_buf_str(&left), gm_buf_str(&right));
}

static void names_that_a_file_system_merges_fold_alike(void **state)
{
	static const char *const pairs[][2] = {{"Readme", "README"},
		{"a\xcc\x88", "\xc3\x84"},
		{"stra\xc3\x9f"
		 "e",
			"STRASSE"},
		{".git", ".g\xe2\x80\x8cit"}, {".git", "\xef\xbb\xbf.git"},
		{".git", ".GI\xe2\x80\xaaT"}, {".git", ".gi\xe2\x81\xaat"},
		{"fi", "\xef\xac\x81"}, {"\xce\xa3", "\xcf\x82"}, {"\xe2\x84\xaa", "k"},
		{"\xef\xbc\xa1", "a"}, {"e\xe2\x80\x8d\xcc\x81", "\xc3\xa9"}};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!folds_alike(pairs[i][0], pairs[i][1]))
			fail_msg("'%s' and '%s' fold apart", pairs[i][0], pairs[i][1]);
}

static void names_that_stay_apart_fold_apart(void **state)
{
	(void)state;
	assert_false(folds_alike("a", "b"));
	assert_false(folds_alike("a", "\xc3\xa4"));
	assert_false(folds_alike("a b", "ab"));
	assert_false(
		folds_alike("\xd0\xb0", "a")); /* a Cyrillic letter is another letter */
}

static void folding_twice_changes_nothing(void **state)
{
	(void)state;
	for (uint32_t point = 0xa0; point < 0x20000; point++) {
		char text[5] = "";
		size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
		static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
		uint32_t rest = point;
		for (size_t i = n; i-- > 1; rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)(lead[n] | rest);
		if (!gm_utf8_valid(text, n))
			continue;
		gm_autobuf once = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autobuf twice = GM_BUF_INIT(GM_BUF_TEXT);
		must(gm_utf8_fold(&once, text, n));
		must(gm_utf8_fold(&twice, gm_buf_str(&once), once.size));
		assert_string_equal(gm_buf_str(&once), gm_buf_str(&twice));
	}
}

static void width_counts_columns(void **state)
{
	(void)state;
	assert_int_equal(gm_utf8_width("abc", 3), 3);
	assert_int_equal(gm_utf8_width("\xe4\xb8\xad\xe6\x96\x87", 6), 4);
	assert_int_equal(gm_utf8_width("a\xcc\x88", 3), 1);
	assert_int_equal(gm_utf8_width("", 0), 0);
}

static void fitting_never_cuts_a_character(void **state)
{
	static const char text[] = "a\xcc\x88\xe4\xb8\xad"
				   "b";

	(void)state;
	assert_int_equal(gm_utf8_fit(text, 7, 0), 0);
	assert_int_equal(gm_utf8_fit(text, 7, 1), 3); /* with its mark */
	assert_int_equal(gm_utf8_fit(text, 7, 2), 3);
	assert_int_equal(gm_utf8_fit(text, 7, 3), 6);
	assert_int_equal(gm_utf8_fit(text, 7, 4), 7);
	assert_int_equal(gm_utf8_fit(text, 7, 99), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_text_is_valid),
		cmocka_unit_test(broken_text_is_not),
		cmocka_unit_test(overlong_forms_and_surrogates_are_not),
		cmocka_unit_test(nul_is_not_text),
		cmocka_unit_test(every_code_point_decodes),
		cmocka_unit_test(controls_are_c0_c1_and_del),
		cmocka_unit_test(broken_bytes_are_replaced_one_by_one),
		cmocka_unit_test(nfc_composes),
		cmocka_unit_test(nfc_refuses_what_is_no_utf8),
		cmocka_unit_test(names_that_a_file_system_merges_fold_alike),
		cmocka_unit_test(names_that_stay_apart_fold_apart),
		cmocka_unit_test(folding_twice_changes_nothing),
		cmocka_unit_test(width_counts_columns),
		cmocka_unit_test(fitting_never_cuts_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
