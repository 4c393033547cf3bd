#include "tests/unit/support.h"

#include <string.h>

#include "dag/record.h"
#include "objstore/object.h"

#define ID "01900000-0000-7000-8000-000000000001"
#define FIELDS "id: " ID "\ntype: semantic\ncreated: 2026-01-02T03:04:05Z\n"
#define HEAD "---\n" FIELDS

static void encode(struct gm_buf *out, const struct gm_record *record)
{
	gm_buf_reset(out);
	must(gm_record_encode(out, record));
}

static void decode(struct gm_record *out, const char *text)
{
	must(gm_record_decode(out, text, strlen(text)));
}

/* What a person wrote becomes these bytes, and these stay as they are. */
static void assert_becomes(const char *text, const char *expected)
{
	gm_autorecord record = GM_RECORD_INIT, again = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	decode(&record, text);
	encode(&out, &record);
	assert_string_equal(gm_buf_str(&out), expected);
	decode(&again, expected);
	encode(&out, &again);
	assert_string_equal(gm_buf_str(&out), expected);
}

static void assert_no_record(const char *text, size_t size, const char *reason)
{
	gm_autorecord record = GM_RECORD_INIT;

	assert_int_equal(gm_record_decode(&record, text, size), GM_EINVALID);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
	assert_string_equal(record.id, "");
}

#define assert_refused(text, reason) assert_no_record((text), strlen(text), (reason))

/* The format, frozen: these bytes must come out for ever. */
static const char everything[] =
	"---\n"
	"id: " ID "\n"
	"type: episodic\n"
	"key: \"user/caf\u00e9 au lait\"\n"
	"agent: \"Claude Code\"\n"
	"session: 0190aaaa-0000-7000-8000-00000000000a\n"
	"role: user\n"
	"seq: 7\n"
	"created: 2026-01-02T03:04:05.678Z\n"
	"updated: 2026-02-03T04:05:06Z\n"
	"importance: 0.75\n"
	"tags:\n"
	"  - \"#hash\"\n"
	"  - \"2026-01-02\"\n"
	"  - build/cmake\n"
	"  - \"c++\"\n"
	"  - \"no\"\n"
	"scope: private\n"
	"supersedes:\n"
	"  - 01900000-0000-7000-8000-000000000002\n"
	"  - a1900000-0000-7000-8000-000000000003\n"
	"valid_from: 2026-01-01T00:00:00Z\n"
	"valid_until: 2027-01-01T00:00:00Z\n"
	"conflicts_with: 01900000-0000-7000-8000-000000000004\n"
	"source:\n"
	"  file: notes/a.md\n"
	"  hash: sha256:0f\n"
	"  offset: 12\n"
	"  tool: claude-code\n"
	"aliases: []\n"
	"deep:\n"
	"  - - 1\n"
	"    - - \"2\"\n"
	"  - a: null\n"
	"    \"b c\":\n"
	"      - true\n"
	"      - false\n"
	"  - {}\n"
	"mood: \"it's \\\"fine\\\": \\\\ \\n\\t\\u0001\\u0085\\u2028\\U0001ffff \u00e9 "
	"\U0001f600\"\n"
	"\"on\": \"y\"\n"
	"ratio: -1.5\n"
	"---\n"
	"# Title\n\nText.\n";

static void the_format_is_frozen(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	(void)state;
	decode(&record, everything);
	assert_string_equal(record.key, "user/caf\u00e9 au lait");
	assert_string_equal(record.session, "0190aaaa-0000-7000-8000-00000000000a");
	assert_int_equal(record.seq, 7);
	assert_int_equal(record.tags.n, 5);
	assert_string_equal(record.tags.items[4], "no");
	assert_int_equal(record.scope, GM_SCOPE_PRIVATE);
	assert_int_equal(json_object_size(record.extra), 5);
	assert_string_equal(record.content, "# Title\n\nText.");
	encode(&out, &record);
	assert_string_equal(gm_buf_str(&out), everything);
	gm_object_hash(&oid, GM_OBJECT_BLOB, out.ptr, out.size);
	gm_oid_format(hex, &oid);
	assert_string_equal(hex, "8b7e8fa3d566bbae619763af35ac445123169108");
}

static void the_least_record_has_three_fields(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	decode(&record, HEAD "---\n");
	assert_int_equal(record.type, GM_RECORD_SEMANTIC);
	assert_int_equal(record.seq, -1);
	assert_int_equal(record.updated, GM_TIME_NONE);
	assert_true(record.importance == GM_IMPORTANCE_DEFAULT);
	assert_int_equal(record.scope, GM_SCOPE_SHARED);
	assert_null(record.key);
	assert_null(record.extra);
	assert_int_equal(record.content_size, 0);
	assert_becomes(HEAD "---\n", HEAD "---\n\n");
}

static void a_record_without_its_three_fields_is_just_a_file(void **state)
{
	(void)state;
	assert_refused(
		"---\ntype: semantic\ncreated: 2026-01-02T03:04:05Z\n---\nx\n", "'id'");
	assert_refused(
		"---\nid: " ID "\ncreated: 2026-01-02T03:04:05Z\n---\nx\n", "'type'");
	assert_refused("---\nid: " ID "\ntype: semantic\n---\nx\n", "'created'");
	assert_refused("---\nid: " ID "\ntype:\ncreated: 2026-01-02\n---\nx\n", "'type'");
	assert_refused("# Title\n", "no front matter");
	assert_refused("", "no front matter");
	assert_refused("----\n" FIELDS "---\nx\n", "no front matter");
	assert_refused(HEAD, "no end");
	assert_refused("---", "no end");
	assert_refused("---\n- a\n---\n", "not a mapping");
}

static void content_keeps_every_byte(void **state)
{
	static const char *const contents[] = {"", "\n", "\n\n", "a", "a\n", "a\n\n",
		"\na", "a\r\n", "---\n", "---\nid: x\n---\n", "\x01\x1b[31m\t", "\ufeff",
		"a\r"};

	(void)state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
		gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

		decode(&record, HEAD "---\nx\n");
		must(gm_record_set_content(&record, contents[i], strlen(contents[i])));
		encode(&out, &record);
		must(gm_record_decode(&back, out.ptr, out.size));
		assert_int_equal(back.content_size, strlen(contents[i]));
		assert_string_equal(back.content, contents[i]);
	}
}

static void default_values_are_not_written(void **state)
{
	(void)state;
	assert_becomes(HEAD
		"importance: 0.5\nscope: shared\ntags: []\nsupersedes: []\nagent:\n"
		"key: ~\nseq: null\n---\nx\n",
		HEAD "---\nx\n");
}

static void fields_may_come_in_any_order_and_style(void **state)
{
	(void)state;
	assert_becomes("---\nrating: [ 1, {b: 2, a: x} ]\ntags: [ b, 'a' , \"b\" ]\n"
		       "created: \"2026-01-02T05:04:05+02:00\"\ntype: 'semantic'\n"
		       "id: 01900000-0000-7000-8000-00000000000A\n"
		       "agent: >-\n  folded\n  text\n---\nx",
		"---\nid: 01900000-0000-7000-8000-00000000000a\ntype: semantic\n"
		"agent: \"folded text\"\ncreated: 2026-01-02T03:04:05Z\ntags:\n  - a\n  "
		"- b\n"
		"rating:\n  - 1\n  - a: x\n    b: 2\n---\nx\n");
}

static void what_looks_like_a_number_may_be_a_name(void **state)
{
	(void)state;
	assert_becomes("---\nid: " ID
		       "\ntype: episodic\nagent: true\nsession: 42\nrole: 1.5\n"
		       "created: 2026-01-02\nimportance: 0.70\ntags: [1, 2026-01-02, "
		       "no]\n---\nx\n",
		"---\nid: " ID
		"\ntype: episodic\nagent: \"true\"\nsession: \"42\"\nrole: \"1.5\"\n"
		"created: 2026-01-02T00:00:00Z\nimportance: 0.7\ntags:\n  - \"1\"\n"
		"  - \"2026-01-02\"\n  - \"no\"\n---\nx\n");
}

static void one_text_may_stand_for_a_list_of_one(void **state)
{
	(void)state;
	assert_becomes(HEAD
		"tags: foo\nsupersedes: 01900000-0000-7000-8000-00000000000B\n---\nx\n",
		HEAD
		"tags:\n  - foo\nsupersedes:\n  - 01900000-0000-7000-8000-00000000000b\n"
		"---\nx\n");
}

static void windows_line_ends_are_taken_in_the_front_matter(void **state)
{
	(void)state;
	assert_becomes("\ufeff---\r\nid: " ID "\r\ntype: semantic\r\n"
		       "created: 2026-01-02T03:04:05Z\r\n--- \r\nx\r\n",
		HEAD "---\nx\r\n");
}

static void importance_is_written_with_the_fewest_digits(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {{0.1, "0.1"}, {0, "0"}, {1, "1"}, {1.0 / 3, "0.3333333333333333"},
		{0.1 + 0.2, "0.30000000000000004"}, {1e-7, "0.0000001"}, {0.25, "0.25"},
		{0.9999999999999999, "0.9999999999999999"}, {3.25e-6, "0.00000325"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT),
			   out = GM_BUF_INIT(GM_BUF_TEXT);
		gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;

		decode(&record, HEAD "---\nx\n");
		record.importance = cases[i].number;
		must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
		must(gm_buf_printf(
			&text, HEAD "importance: %s\n---\nx\n", cases[i].text));
		encode(&out, &record);
		assert_string_equal(out.ptr, text.ptr);
		decode(&back, out.ptr);
		assert_memory_equal(&back.importance, &record.importance, sizeof(double));
	}
}

static void numbers_in_unknown_keys_are_frozen(void **state)
{
	static const char text[] =
		HEAD "a:\n  - 0.1\n  - 0.30000000000000004\n  - 100000.0\n"
		     "  - 1e16\n  - 1e-7\n  - 1.7976931348623157e308\n  - -2.5e-5\n"
		     "  - 9223372036854775807\n  - -1\n  - 123456789.125\n---\nx\n";
	gm_autorecord record = GM_RECORD_INIT;
	size_t i;
	json_t *item;

	(void)state;
	assert_becomes(text, text);
	decode(&record, text);
	json_array_foreach(json_object_get(record.extra, "a"), i, item)
		assert_true(json_is_number(item));
}

static void wrong_values_make_it_just_a_file(void **state)
{
	(void)state;
	assert_refused("---\nid: x\ntype: semantic\ncreated: 2026-01-02\n---\n", "'id'");
	assert_refused(
		"---\nid: " ID "\ntype: Semantic\ncreated: 2026-01-02\n---\n", "'type'");
	assert_refused("---\nid: " ID "\ntype: semantic\ncreated: 2026-02-30\n---\n",
		"'created'");
	assert_refused(HEAD "scope: everyone\n---\n", "'scope'");
	assert_refused(HEAD "importance: high\n---\n", "'importance'");
	assert_refused(HEAD "importance: 1.01\n---\n", "'importance'");
	assert_refused(HEAD "importance: .nan\n---\n", "'importance'");
	assert_refused(HEAD "seq: -1\n---\n", "'seq'");
	assert_refused(HEAD "seq: 1.5\n---\n", "'seq'");
	assert_refused(HEAD "seq: 9007199254740993\n---\n", "'seq'");
	assert_refused(HEAD "tags: {a: b}\n---\n", "'tags'");
	assert_refused(HEAD "tags: [[a]]\n---\n", "'tags'");
	assert_refused(HEAD "supersedes: x\n---\n", "'supersedes'");
	assert_refused(HEAD "conflicts_with: [x]\n---\n", "'conflicts_with'");
	assert_refused(HEAD "source: [x]\n---\n", "'source'");
	assert_refused(HEAD "key: a/../b\n---\n", "component");
	assert_refused(HEAD "agent: \"a\\nb\"\n---\n", "'agent'");
	assert_refused(HEAD "content: x\n---\n", "'content'");
	assert_refused(HEAD "path: x\n---\n", "'path'");
}

static void hostile_yaml_makes_it_just_a_file(void **state)
{
	static const char nul[] = HEAD "---\na\0b\n";

	(void)state;
	assert_refused(HEAD "a: &x 1\nb: *x\n---\n", "line 4");
	assert_refused(HEAD "a: !!binary x\n---\n", "line 4");
	assert_refused(HEAD "id: " ID "\n---\n", "line 4");
	assert_refused(HEAD "a: [[[[[[[[1]]]]]]]]\n---\n", "line 4");
	assert_refused(HEAD "a: \"x\n---\n", "line");
	assert_refused(HEAD "a: \"\\0\"\n---\n", "line 4");
	assert_refused(HEAD "a: \xff\n---\n", "line 4");
	assert_refused(HEAD "---\n\xff\n", "UTF-8");
	assert_refused(HEAD "---\n\xed\xa0\x80\n", "UTF-8");
	assert_no_record(nul, sizeof(nul) - 1, "NUL");
}

static void a_front_matter_over_64_kb_makes_it_just_a_file(void **state)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_buf_puts(&text, HEAD "a: "));
	for (int i = 0; i < 70000; i++)
		must(gm_buf_putc(&text, 'x'));
	must(gm_buf_puts(&text, "\n---\nx\n"));
	assert_refused(text.ptr, "65536");
	gm_buf_reset(&text);
	must(gm_buf_puts(&text, HEAD "a: \""));
	for (int i = 0; i < 30000; i++)
		must(gm_buf_puts(&text, "\u2028"));
	must(gm_buf_puts(&text, "\"\n---\nx\n"));
	assert_refused(text.ptr, "");
}

/* libyaml reads no plain key over 1024 characters, and folds nothing we write. */
static void long_values_and_names_come_back(void **state)
{
	gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
	gm_autobuf value = GM_BUF_INIT(GM_BUF_TEXT), name = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	for (int i = 0; i < 5000; i++)
		must(gm_buf_puts(&value, " # x: \""));
	for (int i = 0; i < 128; i++)
		must(gm_buf_putc(&name, '"'));
	decode(&record, HEAD "---\nx\n");
	record.extra = json_pack("{s: [s, {s: s}]}", name.ptr, value.ptr, name.ptr, "y");
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	encode(&out, &record);
	must(gm_record_decode(&back, out.ptr, out.size));
	assert_true(json_equal(record.extra, back.extra));
}

static void names_of_types_and_scopes_go_both_ways(void **state)
{
	enum gm_record_type type;
	enum gm_scope scope;

	(void)state;
	for (int i = GM_RECORD_EPISODIC; i <= GM_RECORD_STATE; i++) {
		assert_true(gm_record_type_parse(
			&type, gm_record_type_name((enum gm_record_type)i)));
		assert_int_equal(type, i);
	}
	for (int i = GM_SCOPE_PRIVATE; i <= GM_SCOPE_GLOBAL; i++) {
		assert_true(gm_scope_parse(&scope, gm_scope_name((enum gm_scope)i)));
		assert_int_equal(scope, i);
	}
	assert_false(gm_record_type_parse(&type, "Semantic"));
	assert_false(gm_scope_parse(&scope, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_format_is_frozen),
		cmocka_unit_test(the_least_record_has_three_fields),
		cmocka_unit_test(a_record_without_its_three_fields_is_just_a_file),
		cmocka_unit_test(content_keeps_every_byte),
		cmocka_unit_test(default_values_are_not_written),
		cmocka_unit_test(fields_may_come_in_any_order_and_style),
		cmocka_unit_test(what_looks_like_a_number_may_be_a_name),
		cmocka_unit_test(one_text_may_stand_for_a_list_of_one),
		cmocka_unit_test(windows_line_ends_are_taken_in_the_front_matter),
		cmocka_unit_test(importance_is_written_with_the_fewest_digits),
		cmocka_unit_test(numbers_in_unknown_keys_are_frozen),
		cmocka_unit_test(wrong_values_make_it_just_a_file),
		cmocka_unit_test(hostile_yaml_makes_it_just_a_file),
		cmocka_unit_test(a_front_matter_over_64_kb_makes_it_just_a_file),
		cmocka_unit_test(long_values_and_names_come_back),
		cmocka_unit_test(names_of_types_and_scopes_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
