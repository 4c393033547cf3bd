#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json_quick.h"

/* What it takes must be what jansson makes of it; 1 when it takes it. */
static int compare(const char *text, size_t size)
{
	json_t *quick = gm_json_parse_quick(text, size);
	json_t *judge =
		json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	int taken = quick != NULL;

	if (quick && (!judge || !json_equal(quick, judge)))
		fail_msg("not as jansson: %.*s", (int)size, text);
	json_decref(quick);
	json_decref(judge);
	return taken;
}

static const char *const plain[] = {
	"{}",
	"[]",
	"\"\"",
	"0",
	"-0",
	"-12",
	"123456789012345678",
	"0.5",
	"-0.25",
	"true",
	" [ 1 , 2.5 , null , false ] ",
	"{\"a\": {\"b\": [1, {\"c\": \"d\"}]}, \"e\": \"\"}",
	"{\"content\": \"two\\nlines, a \\\"quote\\\", a \\\\ and a tab\\t\"}\r\n",
	"\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"",
	"\"gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80\"",
	"{\"id\": \"6513270e\", \"importance\": 0.8, \"tags\": [\"a\", \"b\"]}",
};

static void what_programs_write_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (!compare(plain[i], strlen(plain[i])))
			fail_msg("not taken: %s", plain[i]);
}

static void what_is_unusual_or_wrong_is_left_to_jansson(void **state)
{
	static const char *const others[] = {"", " ", "{", "[", "\"", "\"\\", "\"a\\q\"",
		"\"\\u0041\"", "\"\\ud800\"", "\"a\nb\"", "\"\xff\"", "\"\xed\xa0\x80\"",
		"01", "-", "1.", ".5", "1e3", "1.5E3", "1234567890123456789012", "tru",
		"truex", "nulll", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}",
		"{a:1}", "{\"a\":1,\"a\":2}", "{\"\xc3\xbc\":1}", "{\"\\n\":1}", "1 2",
		"[1]]", "{\"a\":1}}", "[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]",
		"NaN", "'a'", "// a\n1"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (compare(others[i], strlen(others[i])))
			fail_msg("taken: %s", others[i]);
}

/* Every byte of every good text by some others, and every beginning of it. */
static void whatever_is_taken_is_what_jansson_makes_of_it(void **state)
{
	static const char bytes[] = "\"\\{}[]:,0-.eE1 \nutfn\x01\x7f\x80\xc3\xff";
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		size_t size = strlen(plain[i]);
		for (size_t at = 0; at < size; at++) {
			(void)compare(plain[i], at);
			for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
				memcpy(text, plain[i], size);
				text[at] = bytes[k];
				(void)compare(text, size);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_programs_write_is_taken),
		cmocka_unit_test(what_is_unusual_or_wrong_is_left_to_jansson),
		cmocka_unit_test(whatever_is_taken_is_what_jansson_makes_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
