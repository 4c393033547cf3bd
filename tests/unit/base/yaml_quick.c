#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/yaml.h"
#include "base/yaml_quick.h"

/* The keys of two objects in their order, which json_equal() does not look at. */
static bool same_order(json_t *a, json_t *b)
{
	void *one = json_object_iter(a);
	void *other = json_object_iter(b);

	while (one && other &&
		!strcmp(json_object_iter_key(one), json_object_iter_key(other))) {
		one = json_object_iter_next(a, one);
		other = json_object_iter_next(b, other);
	}
	return !one && !other;
}

/* What it takes must be what libyaml makes of it; 1 when it takes it. */
static int compare(const char *text, size_t size)
{
	gm_autojson *quick = gm_yaml_parse_quick(text, size);
	gm_autojson *judge = NULL;

	if (!quick)
		return 0;
	if (gm_yaml_parse_any(&judge, text, size) < 0 || !json_equal(quick, judge) ||
		!same_order(quick, judge))
		fail_msg("not as libyaml: %.*s", (int)size, text);
	return 1;
}

static const char *const plain[] = {
	"type: semantic\n",
	"id: 309d6b79-965e-4a32-9ae4-45508201e2bd\ntype: episodic\nagent: alice\n"
	"session: session-1\nseq: 1\ncreated: 2023-01-01T00:00:00Z\nimportance: 0.7\n",
	"key: \"user/editor theme\"\ntags:\n  - build\n  - \"two words\"\n  - \"\"\nseq: "
	"0\n",
	"supersedes:\n  - 5eb23aec-7f51-40af-b59d-05ef95944bef\nmore: true\nnone: null\n",
	"session: \"say \\\"no\\\" \\\\\"\nagent: \"J\xc3\xbcrgen \xe3\x83\x86\"\n",
	"a: 2026-01-01\nb: 12e3\nc: 00\nd: 1.50\ne: 123456789012345678\nf: "
	"1234567890123456789\n",
	"path: /a/b:c\nmail: a@b.org\nyes: no\nlong: "
	"0123456789012345678901234567890123456789\n",
};

static void what_we_write_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (!compare(plain[i], strlen(plain[i])))
			fail_msg("not taken: %s", plain[i]);
}

static void what_is_unusual_or_wrong_is_left_to_libyaml(void **state)
{
	static const char *const others[] = {"", "\n", "a", "a:", "a: b", "a:\n", "a: \n",
		"a:  b\n", " a: b\n", "a: b \n", "a: b # c\n", "a: b:\n", "a: -1\n",
		"a: .5\n", "a: ~\n", "a: [b]\n", "a: {b: c}\n", "a: 'b'\n", "a: |\n  b\n",
		"a: &b c\n", "a: *b\n", "a: !!str b\n", "a: b\na: c\n", "a: b\n\n",
		"# a\na: b\n", "a:\n- b\n", "a:\n   - b\n", "a:\n  - b: c\n",
		"a:\n  b: c\n", "a:\n  -\n", "? a\n: b\n", "a: \"b\n", "a: \"b\" c\n",
		"a: \"\\n\"\n", "a: \"\\u0041\"\n", "a: \"b\n  c\"\n", "a: \"\t\"\n",
		"a: \"\x7f\"\n", "a: \"\xc2\x85\"\n", "a: \"\xe2\x80\xa8\"\n",
		"a: \"\xed\xa0\x80\"\n", "a: \"\xff\"\n", "a: \"\xc3\"\n",
		"a: \xc3\xbc\n", "a: b\r\n",
		"\xef\xbb\xbf"
		"a: b\n",
		"--- \na: b\n", "a: b\n...\n", "%YAML 1.1\n---\na: b\n", "a: @b\n",
		"a: `b\n", "a: b\tc\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (compare(others[i], strlen(others[i])))
			fail_msg("taken: %s", others[i]);
}

/* Every byte of every good text by some others, and every beginning of it. */
static void whatever_is_taken_is_what_libyaml_makes_of_it(void **state)
{
	static const char bytes[] =
		"\"\\{}[]:,0-.eE1 "
		"\nutfn#&*!|>'%@`?~_/+\r\t\x01\x7f\x80\x85\xc2\xc3\xe2\xff";
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		size_t size = strlen(plain[i]);
		assert_true(size < sizeof(text));
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
		cmocka_unit_test(what_we_write_is_taken),
		cmocka_unit_test(what_is_unusual_or_wrong_is_left_to_libyaml),
		cmocka_unit_test(whatever_is_taken_is_what_libyaml_makes_of_it),
	};

	gm_json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
