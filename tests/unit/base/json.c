#include "base/json.h"

#include <string.h>

#include "tests/unit/support.h"

static json_t *parsed(const char *text)
{
	json_t *value = NULL;

	must(gm_json_parse(&value, text, strlen(text)));
	assert_non_null(value);
	return value;
}

/* Parse `text`, write it again, compare with `want`. */
static void check_dump(const char *text, bool sorted, const char *want)
{
	gm_autojson *value = parsed(text);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_json_dump(&out, value, sorted));
	assert_string_equal(gm_buf_str(&out), want);
}

static void check_refused(const char *text, size_t size, const char *reason)
{
	json_t *value = NULL;

	assert_int_equal(gm_json_parse(&value, text, size), GM_EINVALID);
	assert_null(value);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
	assert_null(strchr(gm_error_last()->message, '\n'));
}

static void values_of_any_type_parse(void **state)
{
	(void)state;
	check_dump("null", false, "null");
	check_dump(" true ", false, "true");
	check_dump("-17", false, "-17");
	check_dump("\"a\\u00e4\\n\"", false, "\"a\xc3\xa4\\n\"");
	check_dump("[]", false, "[]");
	check_dump("{}", false, "{}");
}

static void objects_keep_the_order_of_their_keys(void **state)
{
	(void)state;
	check_dump("{\"b\": 1, \"a\": [1, {\"z\": null, \"y\": 2}]}", false,
		"{\"b\":1,\"a\":[1,{\"z\":null,\"y\":2}]}");
}

static void sorting_reaches_every_level(void **state)
{
	(void)state;
	check_dump("{\"b\": 1, \"a\": [1, {\"z\": null, \"y\": 2}]}", true,
		"{\"a\":[1,{\"y\":2,\"z\":null}],\"b\":1}");
	check_dump("{\"b\": 0.5, \"a\": [1, {\"z\": null, \"y\": 2}]}", true,
		"{\"a\":[1,{\"y\":2,\"z\":null}],\"b\":0.5}");
}

static void reals_are_written_with_the_fewest_digits(void **state)
{
	(void)state;
	check_dump("0.7", false, "0.7");
	check_dump("[0.1, 1.0, 2.5e10, 1e300]", false, "[0.1,1.0,25000000000.0,1e300]");
	check_dump("0.30000000000000004", false, "0.30000000000000004");
	check_dump("{\"a\":{\"b\":[0.05]},\"c\":\"\\\"\"}", false,
		"{\"a\":{\"b\":[0.05]},\"c\":\"\\\"\"}");
	check_dump("-0.0", false, "-0.0");
}

static void reals_read_back_as_they_were(void **state)
{
	uint64_t bits = 12345;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		double number;
		bits = bits * UINT64_C(6364136223846793005) +
			UINT64_C(1442695040888963407);
		memcpy(&number, &bits, sizeof(number));
		gm_autojson *value = json_real(number);
		if (!value)
			continue; /* no number */
		gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
		must(gm_json_dump(&out, value, false));
		gm_autojson *back = parsed(gm_buf_str(&out));
		assert_true(json_equal(back, value));
	}
}

static void a_key_given_twice_is_refused(void **state)
{
	static const char text[] = "{\"a\": 1,\n \"a\": 2}";

	(void)state;
	check_refused(text, strlen(text), "line 2");
	check_refused(text, strlen(text), "duplicate");
}

static void anything_behind_the_value_is_refused(void **state)
{
	(void)state;
	check_refused("{} {}", 5, "column");
	check_refused("1 2", 3, "end of file");
}

static void nul_characters_are_refused(void **state)
{
	static const char text[] = "\"a\\u0000b\"";

	(void)state;
	check_refused(text, strlen(text), "\\u0000");
	check_refused("\"a\0b\"", 5, "line 1");
	check_refused("1\0", 2, "line 1");
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
	(void)state;
	check_refused("\"\xff\"", 3, "unable to decode byte 0xff");
	check_refused("\"\xed\xa0\x80\"", 5, "unable to decode byte");
	check_refused("\"\\ud800\"", 8, "line 1");
}

static void truncated_text_is_refused(void **state)
{
	static const char text[] = "{\"a\": [1, \"b\"]}";

	(void)state;
	for (size_t size = 0; size < strlen(text); size++)
		check_refused(text, size, "invalid JSON");
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	check_refused("99999999999999999999", 20, "too big integer");
	check_refused("1e999", 5, "overflow");
}

static void bottomless_nesting_is_refused(void **state)
{
	static char text[100000];

	(void)state;
	memset(text, '[', sizeof(text));
	check_refused(text, sizeof(text), "depth");
}

static void a_message_is_one_line_whatever_the_text(void **state)
{
	static const char text[] = "{\"a\": \x1b[31m\n}";

	(void)state;
	check_refused(text, strlen(text), "line 1, column");
	assert_null(strchr(gm_error_last()->message, '\x1b'));
}

static void a_full_buffer_stays_as_it_was(void **state)
{
	gm_autojson *plain = parsed("[1, 2, 3, 4, 5, 6, 7, 8]");
	gm_autojson *real = parsed("[0.5, 2, 3, 4, 5, 6, 7, 8]");
	gm_autobuf out = GM_BUF_INIT(10);

	(void)state;
	must(gm_buf_puts(&out, "abc"));
	assert_int_equal(gm_json_dump(&out, plain, false), GM_ETOOBIG);
	assert_string_equal(gm_buf_str(&out), "abc");
	assert_int_equal(gm_json_dump(&out, real, false), GM_ETOOBIG);
	assert_string_equal(gm_buf_str(&out), "abc");
}

static void an_object_is_built_by_setting(void **state)
{
	gm_autojson *object = gm_json_object();
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	json_t *list = gm_json_array();

	(void)state;
	must(gm_json_append(list, gm_json_string("x")));
	must(gm_json_set_string(object, "s", "t\xc3\xa4xt"));
	must(gm_json_set_string(object, "none", NULL));
	must(gm_json_set_int(object, "i", 1LL << 40));
	must(gm_json_set_bool(object, "b", true));
	must(gm_json_set(object, "list", list));
	must(gm_json_set_int(object, "i", 7));
	must(gm_json_dump(&out, object, false));
	assert_string_equal(gm_buf_str(&out),
		"{\"s\":\"t\xc3\xa4xt\",\"none\":null,\"i\":7,\"b\":true,\"list\":[\"x\"]"
		"}");
}

static void a_text_that_is_no_utf8_is_repaired(void **state)
{
	gm_autojson *text = gm_json_string("a\xff\xc3z");

	(void)state;
	assert_string_equal(json_string_value(text), "a\xef\xbf\xbd\xef\xbf\xbdz");
}

static void an_earlier_failure_is_passed_on(void **state)
{
	gm_autojson *object = gm_json_object();

	(void)state;
	(void)gm_error(GM_ENOMEM, "out of memory");
	assert_int_equal(gm_json_set(object, "k", NULL), GM_ENOMEM);
	assert_int_equal(gm_json_append(NULL, gm_json_string("x")), GM_ENOMEM);
	assert_int_equal(gm_json_set(object, "k\xff", gm_json_string("x")), GM_EINVALID);
	assert_int_equal(json_object_size(object), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_any_type_parse),
		cmocka_unit_test(objects_keep_the_order_of_their_keys),
		cmocka_unit_test(sorting_reaches_every_level),
		cmocka_unit_test(reals_are_written_with_the_fewest_digits),
		cmocka_unit_test(reals_read_back_as_they_were),
		cmocka_unit_test(a_key_given_twice_is_refused),
		cmocka_unit_test(anything_behind_the_value_is_refused),
		cmocka_unit_test(nul_characters_are_refused),
		cmocka_unit_test(bytes_that_are_no_utf8_are_refused),
		cmocka_unit_test(truncated_text_is_refused),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(bottomless_nesting_is_refused),
		cmocka_unit_test(a_message_is_one_line_whatever_the_text),
		cmocka_unit_test(a_full_buffer_stays_as_it_was),
		cmocka_unit_test(an_object_is_built_by_setting),
		cmocka_unit_test(a_text_that_is_no_utf8_is_repaired),
		cmocka_unit_test(an_earlier_failure_is_passed_on),
	};

	gm_json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
