#include "tests/unit/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dag/record.h"

#define ID "01900000-0000-7000-8000-000000000001"

/* The least that is right. */
static void plain_record(struct gm_record *record)
{
	gm_record_dispose(record);
	memcpy(record->id, ID, sizeof(ID));
	must(gm_time_parse(&record->created, "2026-01-02"));
	must(gm_record_set_content(record, "x", 1));
	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
}

static void assert_wrong(struct gm_record *record, int code, const char *reason)
{
	assert_int_equal(gm_record_normalise(record, GM_RECORD_MAX_CONTENT), code);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
	plain_record(record);
}

static void fill(struct gm_buf *out, size_t size)
{
	gm_buf_reset(out);
	while (out->size < size)
		must(gm_buf_putc(out, 'x'));
}

static void the_id_is_needed_and_gets_small_letters(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	record.id[0] = '\0';
	assert_wrong(&record, GM_EINVALID, "'id' is missing");
	record.id[35] = 'g';
	assert_wrong(&record, GM_EINVALID, "'id'");
	memcpy(record.id, "ABCDEF00-0000-7000-8000-00000000000F", GM_UUID_TEXT);
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_string_equal(record.id, "abcdef00-0000-7000-8000-00000000000f");
}

static void words_are_one_line_of_up_to_1024_bytes(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf word = GM_BUF_INIT(GM_BUF_TEXT);
	static const char *const bad[] = {
		"", "a\nb", "a\rb", "\x1b[0m", "a\u2028b", "a\xc2\x85", "\xff"};

	(void)state;
	plain_record(&record);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		must(gm_record_set_text(&record.agent, bad[i]));
		assert_wrong(&record, GM_EINVALID, "'agent'");
		must(gm_record_set_text(&record.session, bad[i]));
		assert_wrong(&record, GM_EINVALID, "'session'");
		must(gm_record_set_text(&record.role, bad[i]));
		assert_wrong(&record, GM_EINVALID, "'role'");
		must(gm_strv_add(&record.tags, bad[i]));
		assert_wrong(&record, GM_EINVALID, "'tags'");
	}
	fill(&word, GM_RECORD_MAX_WORD);
	must(gm_record_set_text(&record.agent, word.ptr));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	fill(&word, GM_RECORD_MAX_WORD + 1);
	must(gm_record_set_text(&record.agent, word.ptr));
	assert_wrong(&record, GM_ETOOBIG, "'agent'");
}

static void keys_are_brought_to_normal_form_c(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	must(gm_record_set_text(&record.key, "cafe\u0301"));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_string_equal(record.key, "caf\u00e9");
	must(gm_record_set_text(&record.key, "a/.git/b"));
	assert_wrong(&record, GM_EINVALID, "Git");
	must(gm_record_set_text(&record.key, "\xff"));
	assert_wrong(&record, GM_EINVALID, "UTF-8");
}

static void times_lie_in_the_years_1_to_9999(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	record.created = GM_TIME_NONE;
	assert_wrong(&record, GM_EINVALID, "'created' is missing");
	must(gm_time_parse(&record.created, "0001-01-01"));
	must(gm_time_parse(&record.updated, "9999-12-31T23:59:59.999999Z"));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	record.created--;
	assert_wrong(&record, GM_EINVALID, "'created'");
	must(gm_time_parse(&record.valid_until, "9999-12-31T23:59:59.999999Z"));
	record.valid_until++;
	assert_wrong(&record, GM_EINVALID, "'valid_until'");
	record.valid_from = INT64_MAX;
	assert_wrong(&record, GM_EINVALID, "'valid_from'");
}

static void numbers_have_ranges(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	const double bad[] = {-0.01, 1.01, (double)NAN, (double)INFINITY};

	(void)state;
	plain_record(&record);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		record.importance = bad[i];
		assert_wrong(&record, GM_EINVALID, "'importance'");
	}
	record.importance = -0.0;
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_false(signbit(record.importance));
	record.seq = -2;
	assert_wrong(&record, GM_EINVALID, "'seq'");
	record.seq = (INT64_C(1) << 53) + 1;
	assert_wrong(&record, GM_EINVALID, "'seq'");
	record.seq = INT64_C(1) << 53;
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
}

static void lists_become_sets(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	must(gm_strv_add(&record.tags, "b"));
	must(gm_strv_add(&record.tags, "a"));
	must(gm_strv_add(&record.tags, "b"));
	must(gm_strv_add(&record.supersedes, "0190000A-0000-7000-8000-000000000001"));
	must(gm_strv_add(&record.supersedes, "0190000a-0000-7000-8000-000000000001"));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_int_equal(record.tags.n, 2);
	assert_string_equal(record.tags.items[0], "a");
	assert_int_equal(record.supersedes.n, 1);
	assert_string_equal(
		record.supersedes.items[0], "0190000a-0000-7000-8000-000000000001");
	must(gm_strv_add(&record.supersedes, "me"));
	assert_wrong(&record, GM_EINVALID, "'supersedes'");
}

static void lists_have_256_items_at_most(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	for (size_t i = 0; i < GM_RECORD_MAX_TAGS; i++) {
		gm_autofree char *tag = gm_format("t%zu", i);

		must(gm_strv_add(&record.tags, tag));
	}
	must(gm_strv_add(&record.tags, "t0"));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	must(gm_strv_add(&record.tags, "one more"));
	assert_wrong(&record, GM_ETOOBIG, "'tags'");
}

static void a_memory_has_no_links_to_itself(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	must(gm_strv_add(&record.supersedes, ID));
	memcpy(record.conflicts_with, ID, sizeof(ID));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_int_equal(record.supersedes.n, 0);
	assert_string_equal(record.conflicts_with, "");
}

static void unknown_keys_have_names_that_are_safe(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_TEXT);
	static const char *const bad[] = {
		"", "a\nb", "a\u2029", "tags", "content", "sha256", "commit"};

	(void)state;
	plain_record(&record);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		record.extra = json_pack("{s: i}", bad[i], 1);
		assert_wrong(&record, GM_EINVALID, "key");
	}
	fill(&name, 128);
	record.extra = json_pack("{s: {s: i}}", name.ptr, name.ptr, 1);
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	plain_record(&record);
	fill(&name, 129);
	record.extra = json_pack("{s: {s: i}}", "a", name.ptr, 1);
	assert_wrong(&record, GM_ETOOBIG, "128");
	record.extra = json_pack("{s: s#}", "a", "x\0y", 3);
	assert_wrong(&record, GM_EINVALID, "'a'");
	record.extra = json_object();
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_null(record.extra);
}

static void nesting_is_six_levels_at_most(void **state)
{
	gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	plain_record(&record);
	record.extra = json_pack("{s: [[[[[[i]]]]]]}", "a", 1);
	record.source = json_pack("{s: [[[[[i]]]]]}", "a", 1);
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	must(gm_record_encode(&out, &record));
	must(gm_record_decode(&back, out.ptr, out.size));
	plain_record(&record);
	record.extra = json_pack("{s: [[[[[[[]]]]]]]}", "a");
	assert_wrong(&record, GM_EINVALID, "'a' has more than 6 levels");
	record.source = json_pack("{s: {s: [[[[[i]]]]]}}", "a", "b", 1);
	assert_wrong(&record, GM_EINVALID, "'source' has more than 6 levels");
}

static void a_source_is_text_or_a_mapping(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	record.source = json_string("");
	assert_wrong(&record, GM_EINVALID, "'source'");
	record.source = json_array();
	assert_wrong(&record, GM_EINVALID, "'source'");
	record.source = json_integer(1);
	assert_wrong(&record, GM_EINVALID, "'source'");
}

static void content_is_utf_8_up_to_its_limit(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	(void)state;
	plain_record(&record);
	must(gm_record_set_content(&record, "a\0b", 3));
	assert_wrong(&record, GM_EINVALID, "NUL");
	must(gm_record_set_content(&record, "a\xed\xa0\x80", 4));
	assert_wrong(&record, GM_EINVALID, "UTF-8");
	gm_free(gm_steal(&record.content));
	assert_wrong(&record, GM_EINVALID, "'content' is missing");
	fill(&text, GM_RECORD_MAX_CONTENT);
	must(gm_record_set_content(&record, text.ptr, text.size));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	fill(&text, GM_RECORD_MAX_CONTENT + 1);
	must(gm_record_set_content(&record, text.ptr, text.size));
	assert_wrong(&record, GM_ETOOBIG, "'content'");
}

static void the_front_matter_has_64_kb_at_most(void **state)
{
	gm_autorecord record = GM_RECORD_INIT, back = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT), out = GM_BUF_INIT(GM_BUF_TEXT);
	const char *head =
		"id: " ID "\ntype: semantic\ncreated: 2026-01-02T00:00:00Z\na: \n";
	size_t room = GM_RECORD_MAX_FRONT_MATTER - strlen(head);

	(void)state;
	plain_record(&record);
	fill(&text, room);
	record.extra = json_pack("{s: s}", "a", text.ptr);
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	must(gm_record_encode(&out, &record));
	must(gm_record_decode(&back, out.ptr, out.size));
	plain_record(&record);
	fill(&text, room + 1);
	record.extra = json_pack("{s: s}", "a", text.ptr);
	assert_wrong(&record, GM_ETOOBIG, "front matter");
}

static void zero_has_no_sign_in_unknown_keys(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	plain_record(&record);
	record.extra = json_pack("{s: f}", "a", -0.0);
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_false(signbit(json_real_value(json_object_get(record.extra, "a"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_id_is_needed_and_gets_small_letters),
		cmocka_unit_test(words_are_one_line_of_up_to_1024_bytes),
		cmocka_unit_test(keys_are_brought_to_normal_form_c),
		cmocka_unit_test(times_lie_in_the_years_1_to_9999),
		cmocka_unit_test(numbers_have_ranges),
		cmocka_unit_test(lists_become_sets),
		cmocka_unit_test(lists_have_256_items_at_most),
		cmocka_unit_test(a_memory_has_no_links_to_itself),
		cmocka_unit_test(unknown_keys_have_names_that_are_safe),
		cmocka_unit_test(nesting_is_six_levels_at_most),
		cmocka_unit_test(a_source_is_text_or_a_mapping),
		cmocka_unit_test(content_is_utf_8_up_to_its_limit),
		cmocka_unit_test(the_front_matter_has_64_kb_at_most),
		cmocka_unit_test(zero_has_no_sign_in_unknown_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
