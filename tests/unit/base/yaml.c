#include "base/yaml.h"

#include <string.h>

#include "tests/unit/support.h"

static void check(const char *text, const char *want)
{
	gm_autojson *value = NULL;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_yaml_parse(&value, text, strlen(text)));
	must(gm_json_dump(&out, value, false));
	assert_string_equal(gm_buf_str(&out), want);
}

static void check_refused_bytes(const char *text, size_t size, const char *reason)
{
	json_t *value = NULL;

	assert_int_equal(gm_yaml_parse(&value, text, size), GM_EINVALID);
	assert_null(value);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
}

static void check_refused(const char *text, const char *reason)
{
	check_refused_bytes(text, strlen(text), reason);
}

static void keys_keep_their_order(void **state)
{
	(void)state;
	check("id: x\nb: y\na: z\n", "{\"id\":\"x\",\"b\":\"y\",\"a\":\"z\"}");
}

static void plain_scalars_become_what_json_would_print(void **state)
{
	(void)state;
	check("a: [1, -1, 0, 0.7, 1.0, 1e300, true, false, null, ~, ]",
		"{\"a\":[1,-1,0,0.7,1.0,1e300,true,false,null,null]}");
	check("a:\nb: 9223372036854775807", "{\"a\":null,\"b\":9223372036854775807}");
}

static void plain_scalars_that_json_would_print_otherwise_stay_text(void **state)
{
	(void)state;
	check("a: [no, yes, 1.50, 01, -0, +1, 0x1f, 1e5, .5, 1., True, NULL]",
		"{\"a\":[\"no\",\"yes\",\"1.50\",\"01\",\"-0\",\"+1\",\"0x1f\",\"1e5\","
		"\".5\","
		"\"1.\",\"True\",\"NULL\"]}");
	check("a: 2026-01-02\nb: 2026-01-02T03:04:05Z\nc: 99999999999999999999\nd: 1 2",
		"{\"a\":\"2026-01-02\",\"b\":\"2026-01-02T03:04:05Z\","
		"\"c\":\"99999999999999999999\",\"d\":\"1 2\"}");
	check("a: .inf\nb: .nan\nc: 1e999",
		"{\"a\":\".inf\",\"b\":\".nan\","
		"\"c\":\"1e999\"}");
}

static void quoted_and_block_scalars_are_text(void **state)
{
	(void)state;
	check("a: '1'\nb: \"true\"\nc: ''\nd: 'null'",
		"{\"a\":\"1\",\"b\":\"true\",\"c\":\"\",\"d\":\"null\"}");
	check("a: |\n  1\n  2\nb: >\n  x\n  y\nc: |-\n  3\n",
		"{\"a\":\"1\\n2\\n\",\"b\":\"x y\\n\",\"c\":\"3\"}");
	check("a: \"\\u00e4\\n\\x41\"", "{\"a\":\"\xc3\xa4\\nA\"}");
}

static void nested_values_parse(void **state)
{
	(void)state;
	check("a:\n  - x: 1\n    y: [2, {z: 3}]\n  -\n    - 4\nb: {}\nc: []",
		"{\"a\":[{\"x\":1,\"y\":[2,{\"z\":3}]},[4]],\"b\":{},\"c\":[]}");
}

static void comments_and_document_marks_are_fine(void **state)
{
	(void)state;
	check("# c\n---\na: 1 # d\n...\n", "{\"a\":1}");
}

static void what_is_no_mapping_is_refused(void **state)
{
	(void)state;
	check_refused("", "line 1: not a mapping");
	check_refused("# only a comment\n", "not a mapping");
	check_refused("text", "line 1: not a mapping");
	check_refused("\n- a\n", "line 2: not a mapping");
}

static void anchors_and_aliases_are_refused(void **state)
{
	(void)state;
	check_refused("a: 1\nb: &x 1", "line 2: anchors are not allowed");
	check_refused("a: &x [1]", "anchors");
	check_refused("&x a: 1", "anchors");
	check_refused("--- &x\na: 1", "anchors");
	check_refused("a: *x", "aliases are not allowed");
	check_refused("*x : 1", "aliases");
}

static void tags_are_refused(void **state)
{
	(void)state;
	check_refused("a: !!str 1", "line 1: tags are not allowed");
	check_refused("a: ! 1", "tags");
	check_refused("a: !x {b: 1}", "tags");
	check_refused("a: !x [1]", "tags");
	check_refused("--- !x\na: 1", "tags");
	check_refused("!x a: 1", "tags");
}

static void directives_are_refused(void **state)
{
	(void)state;
	check_refused("%YAML 1.1\n---\na: 1", "directives");
	check_refused("%TAG !e! tag:example.com,2000:\n---\na: 1", "directives");
}

static void a_second_document_is_refused(void **state)
{
	(void)state;
	check_refused("a: 1\n---\nb: 1", "line 2: more than one document");
	check_refused("a: 1\n...\n---\nb: 1", "line 3: more than one document");
}

static void a_key_given_twice_is_refused(void **state)
{
	(void)state;
	check_refused("a: 1\nb: 2\na: 3", "line 3: key 'a' stands there twice");
	check_refused("x: {k: 1, 'k': 2}", "key 'k'");
	check_refused("a: null\na: 1", "key 'a'");
}

static void keys_that_are_no_scalars_are_refused(void **state)
{
	(void)state;
	check_refused("? [a]\n: 1", "line 1: a key that is not a scalar");
	check_refused("? {a: b}\n: 1", "a key that is not a scalar");
	check_refused("a: {[x]: 1}", "a key that is not a scalar");
}

static void eight_levels_are_fine_and_nine_are_not(void **state)
{
	(void)state;
	check("a: [[[[[[[1]]]]]]]", "{\"a\":[[[[[[[1]]]]]]]}");
	check_refused("a:\n [[[[[[[[1]]]]]]]]", "line 2: more than 8 levels");
	check_refused(
		"{a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}", "more than 8 levels");
}

static void bytes_that_are_no_utf8_are_refused(void **state)
{
	(void)state;
	check_refused("a: 1\nb: \xff\n", "line 2: not valid UTF-8");
	check_refused("a: \xc3", "line 1: not valid UTF-8");
	check_refused("\xef\xbb\xbf"
		      "a: 1",
		"line 1: a byte order mark");
	check_refused_bytes("\xff\xfe"
			    "a\0:\0 \0001\0",
		10, "line 1");
}

static void nul_and_control_characters_are_refused(void **state)
{
	(void)state;
	check_refused_bytes("a: 1\n\nb: x\0y", 12, "line 3: a NUL byte");
	check_refused("a: \"x\\0y\"", "line 1: a NUL character");
	check_refused("\"x\\0y\": 1", "line 1: a NUL character");
	check_refused("a: 1\nb: \x01", "line 2: control characters are not allowed");
}

static void broken_syntax_names_its_line(void **state)
{
	(void)state;
	check_refused("a: 1\nb: c: d", "line 2: mapping values are not allowed");
	check_refused("a: [1, 2", "line ");
	check_refused("a: 'x", "line 1: ");
	check_refused("a: 1\n\tb: 2", "line 2: ");
	check_refused("a: \"\\q\"", "line 1: ");
}

static void size_has_a_limit(void **state)
{
	static char text[GM_YAML_MAX_SIZE + 1];
	json_t *value = NULL;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "a: ", 3);
	must(gm_yaml_parse(&value, text, GM_YAML_MAX_SIZE));
	json_decref(value);
	check_refused_bytes(text, sizeof(text), "more than 65536 bytes");
}

static void many_open_brackets_do_not_hang(void **state)
{
	static char text[GM_YAML_MAX_SIZE];

	(void)state;
	memset(text, '[', sizeof(text));
	check_refused_bytes(text, sizeof(text), "line 1");
	memset(text, '?', sizeof(text));
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = ' ';
	check_refused_bytes(text, sizeof(text), "line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_keep_their_order),
		cmocka_unit_test(plain_scalars_become_what_json_would_print),
		cmocka_unit_test(plain_scalars_that_json_would_print_otherwise_stay_text),
		cmocka_unit_test(quoted_and_block_scalars_are_text),
		cmocka_unit_test(nested_values_parse),
		cmocka_unit_test(comments_and_document_marks_are_fine),
		cmocka_unit_test(what_is_no_mapping_is_refused),
		cmocka_unit_test(anchors_and_aliases_are_refused),
		cmocka_unit_test(tags_are_refused),
		cmocka_unit_test(directives_are_refused),
		cmocka_unit_test(a_second_document_is_refused),
		cmocka_unit_test(a_key_given_twice_is_refused),
		cmocka_unit_test(keys_that_are_no_scalars_are_refused),
		cmocka_unit_test(eight_levels_are_fine_and_nine_are_not),
		cmocka_unit_test(bytes_that_are_no_utf8_are_refused),
		cmocka_unit_test(nul_and_control_characters_are_refused),
		cmocka_unit_test(broken_syntax_names_its_line),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(many_open_brackets_do_not_hang),
	};

	gm_json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
