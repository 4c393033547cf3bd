#include "tests/unit/support.h"

#include <string.h>

#include "dag/record_merge.h"
#include "objstore/object.h"

#define ID "01900000-0000-7000-8000-000000000005"
#define OTHER_ID "01900000-0000-7000-8000-000000000003"

/* One merge: records from JSON, on top of what every record here has. */
struct fixture {
	struct gm_record base, ours, theirs;
	struct gm_record_merge merge;
};

#define FIXTURE_INIT                                                                 \
	{                                                                            \
		GM_RECORD_INIT, GM_RECORD_INIT, GM_RECORD_INIT, GM_RECORD_MERGE_INIT \
	}

static void fixture_dispose(struct fixture *fixture)
{
	gm_record_dispose(&fixture->base);
	gm_record_dispose(&fixture->ours);
	gm_record_dispose(&fixture->theirs);
	gm_record_merge_dispose(&fixture->merge);
}

#define autofixture gm_cleanup(fixture_dispose) struct fixture

static void make(struct gm_record *out, const char *fields)
{
	gm_autojson *json = NULL, *given = NULL;
	static const char common[] =
		"{\"id\":\"" ID "\",\"created\":\"2026-01-02\",\"content\":\"x\"}";

	must(gm_json_parse(&json, common, strlen(common)));
	must(gm_json_parse(&given, fields, strlen(fields)));
	assert_int_equal(json_object_update(json, given), 0);
	must(gm_record_from_json(out, json));
	must(gm_record_normalise(out, GM_RECORD_MAX_CONTENT));
}

static void blob_of(struct gm_oid *out, const struct gm_record *record)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_record_encode(&bytes, record));
	gm_object_hash(out, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
}

/* `base` may be NULL. */
static void merge(
	struct fixture *fixture, const char *base, const char *ours, const char *theirs)
{
	struct gm_oid our_blob, their_blob;

	make(&fixture->base, base ? base : "{}");
	make(&fixture->ours, ours);
	make(&fixture->theirs, theirs);
	blob_of(&our_blob, &fixture->ours);
	blob_of(&their_blob, &fixture->theirs);
	struct gm_record_merge_input input = {base ? &fixture->base : NULL,
		&fixture->ours, &fixture->theirs, &our_blob, &their_blob, GM_FAVOUR_NONE};
	must(gm_record_merge(&fixture->merge, &input));
}

static void assert_json(
	const struct gm_record *record, const char *name, const char *expected)
{
	gm_autojson *json = NULL;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	must(gm_record_to_json(&json, record));
	if (json_object_get(json, name))
		must(gm_json_dump(&text, json_object_get(json, name), true));
	assert_string_equal(gm_buf_str(&text), expected);
}

#define assert_merged(fixture, name, expected) \
	assert_json(&(fixture)->merge.merged, name, expected)

/* The decision about `field`; "" when there is none, else its word and what got lost. */
static void assert_decision(
	const struct fixture *fixture, const char *field, const char *expected)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	for (size_t i = 0; i < fixture->merge.n_decisions; i++) {
		const struct gm_merge_decision *decision = &fixture->merge.decisions[i];

		if (strcmp(decision->field, field) != 0)
			continue;
		must(gm_buf_puts(&text, gm_merge_what_name(decision->what)));
		if (decision->lost) {
			must(gm_buf_putc(&text, ' '));
			must(gm_json_dump(&text, decision->lost, true));
		}
	}
	assert_string_equal(gm_buf_str(&text), expected);
}

static void what_one_side_changed_is_taken(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"role\":\"user\",\"tags\":[\"a\"],\"x\":1}",
		"{\"role\":\"user\",\"tags\":[\"a\",\"b\"],\"importance\":0.9,\"x\":1}",
		"{\"tags\":[\"a\"],\"x\":2,\"content\":\"y\"}");
	assert_merged(&fixture, "role", "");
	assert_merged(&fixture, "tags", "[\"a\",\"b\"]");
	assert_merged(&fixture, "importance", "0.9");
	assert_merged(&fixture, "x", "2");
	assert_merged(&fixture, "content", "\"y\"");
	assert_decision(&fixture, "role", "theirs");
	assert_decision(&fixture, "tags", "ours");
	assert_decision(&fixture, "type", "");
	assert_false(fixture.merge.has_sibling);
}

static void sets_take_every_addition_and_removal(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"tags\":[\"both\",\"we-drop\",\"they-drop\"]}",
		"{\"tags\":[\"both\",\"they-drop\",\"ours\",\"same\"]}",
		"{\"tags\":[\"both\",\"we-drop\",\"theirs\",\"same\"]}");
	assert_merged(&fixture, "tags", "[\"both\",\"ours\",\"same\",\"theirs\"]");
	assert_decision(&fixture, "tags", "merged");
}

static void the_larger_change_of_importance_stays(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{}", "{\"importance\":0.6}", "{\"importance\":0.1}");
	assert_merged(&fixture, "importance", "0.1");
	assert_decision(&fixture, "importance", "theirs 0.6");
	merge(&fixture, "{}", "{\"importance\":0.3}", "{\"importance\":0.7}");
	assert_merged(&fixture, "importance", "0.7");
	merge(&fixture, "{\"importance\":0.9}", "{\"importance\":0.8}",
		"{\"importance\":1}");
	assert_merged(&fixture, "importance", "1.0");
}

static void the_more_private_scope_stays(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{}", "{\"scope\":\"global\",\"updated\":\"2026-05-01\"}",
		"{\"scope\":\"private\"}");
	assert_merged(&fixture, "scope", "\"private\"");
	assert_decision(&fixture, "scope", "theirs \"global\"");
}

static void the_earlier_end_stays(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{}",
		"{\"valid_until\":\"2026-06-01\",\"updated\":\"2026-05-01\"}",
		"{\"valid_until\":\"2026-05-01T00:00:00.5Z\"}");
	assert_merged(&fixture, "valid_until", "\"2026-05-01T00:00:00.5Z\"");
	merge(&fixture, "{\"valid_until\":\"2026-03-01\"}", "{}",
		"{\"valid_until\":\"2026-06-01\"}");
	assert_merged(&fixture, "valid_until", "\"2026-06-01T00:00:00Z\"");
	assert_decision(&fixture, "valid_until", "theirs null");
}

static void other_fields_go_with_the_later_edit(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"x\":0}",
		"{\"updated\":\"2026-02-01\",\"agent\":\"us\",\"x\":{\"a\":1}}",
		"{\"updated\":\"2026-02-02\",\"agent\":\"them\",\"x\":2,\"source\":"
		"\"s\"}");
	assert_merged(&fixture, "agent", "\"them\"");
	assert_merged(&fixture, "x", "2");
	assert_merged(&fixture, "source", "\"s\"");
	assert_merged(&fixture, "updated", "\"2026-02-02T00:00:00Z\"");
	assert_decision(&fixture, "agent", "theirs \"us\"");
	assert_decision(&fixture, "x", "theirs {\"a\":1}");
}

static void a_tie_goes_to_the_greater_blob(void **state)
{
	autofixture fixture = FIXTURE_INIT;
	struct gm_oid our_blob, their_blob;

	(void)state;
	merge(&fixture, "{}", "{\"agent\":\"a\"}", "{\"agent\":\"b\"}");
	blob_of(&our_blob, &fixture.ours);
	blob_of(&their_blob, &fixture.theirs);
	assert_merged(&fixture, "agent",
		gm_oid_compare(&our_blob, &their_blob) > 0 ? "\"a\"" : "\"b\"");
}

static void edits_of_different_lines_are_both_in_the_content(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"content\":\"1\\n2\\n3\"}", "{\"content\":\"one\\n2\\n3\"}",
		"{\"content\":\"1\\n2\\n3\\n4\"}");
	assert_merged(&fixture, "content", "\"one\\n2\\n3\\n4\"");
	assert_decision(&fixture, "content", "merged");
	assert_false(fixture.merge.has_sibling);
}

static void edits_of_the_same_line_make_a_sibling(void **state)
{
	autofixture fixture = FIXTURE_INIT;
	char id[GM_UUID_TEXT];
	struct gm_oid lost;

	(void)state;
	merge(&fixture, "{\"key\":\"k\",\"tags\":[\"t\"]}",
		"{\"key\":\"k\",\"tags\":[\"t\"],\"content\":\"ours\",\"updated\":\"2026-"
		"02-01\"}",
		"{\"key\":\"k\",\"tags\":[\"u\"],\"content\":\"theirs\",\"updated\":"
		"\"2026-02-02\"}");
	assert_merged(&fixture, "content", "\"theirs\"");
	assert_merged(&fixture, "key", "\"k\"");
	assert_decision(&fixture, "content", "conflict");
	assert_true(fixture.merge.has_sibling);
	blob_of(&lost, &fixture.ours);
	gm_record_sibling_id(id, ID, &lost);
	assert_string_equal(fixture.merge.sibling.id, id);
	assert_int_equal(id[14], '8');
	assert_string_equal(fixture.merge.sibling.conflicts_with, ID);
	assert_json(&fixture.merge.sibling, "content", "\"ours\"");
	assert_json(&fixture.merge.sibling, "tags", "[\"t\"]");
	assert_json(&fixture.merge.sibling, "key", "");
	assert_json(&fixture.merge.sibling, "created", "\"2026-01-02T00:00:00Z\"");
}

/* printf %s ID BLOB | sha256sum, then version and variant bits. */
static void the_id_of_a_sibling_is_frozen(void **state)
{
	char id[GM_UUID_TEXT];
	struct gm_oid blob;

	(void)state;
	assert_true(gm_oid_parse(&blob, "00112233445566778899aabbccddeeff00112233", 40));
	gm_record_sibling_id(id, ID, &blob);
	assert_string_equal(id, "acbbb901-7e6e-8fec-8630-9dbf2bd988f7");
}

static void a_state_is_taken_whole_from_the_later_edit(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"type\":\"state\"}",
		"{\"type\":\"state\",\"content\":\"ours\",\"tags\":[\"a\"],\"updated\":"
		"\"2026-03-02\"}",
		"{\"type\":\"state\",\"content\":\"theirs\",\"tags\":[\"b\"],\"x\":1,"
		"\"updated\":\"2026-03-01\"}");
	assert_merged(&fixture, "content", "\"ours\"");
	assert_merged(&fixture, "tags", "[\"a\"]");
	assert_merged(&fixture, "x", "");
	assert_false(fixture.merge.has_sibling);
	assert_int_equal(fixture.merge.n_decisions, 1);
	assert_int_equal(fixture.merge.decisions[0].what, GM_MERGE_OURS);
	assert_string_equal(json_string_value(json_object_get(
				    fixture.merge.decisions[0].lost, "content")),
		"theirs");
}

static void a_state_that_one_side_changed_is_taken_from_there(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"type\":\"state\",\"updated\":\"2026-03-02\"}",
		"{\"type\":\"state\",\"updated\":\"2026-03-02\"}",
		"{\"type\":\"state\",\"content\":\"theirs\",\"updated\":\"2026-03-01\"}");
	assert_merged(&fixture, "content", "\"theirs\"");
	assert_merged(&fixture, "updated", "\"2026-03-01T00:00:00Z\"");
}

static void a_key_made_on_both_sides_becomes_one_memory(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, NULL,
		"{\"key\":\"k\",\"tags\":[\"a\"],\"updated\":\"2026-03-02\"}",
		"{\"id\":\"" OTHER_ID
		"\",\"created\":\"2026-01-05\",\"key\":\"k\",\"tags\":[\"b\"]}");
	assert_merged(&fixture, "id", "\"" OTHER_ID "\"");
	assert_merged(&fixture, "created", "\"2026-01-05T00:00:00Z\"");
	assert_merged(&fixture, "tags", "[\"a\",\"b\"]");
	assert_merged(&fixture, "updated", "\"2026-03-02T00:00:00Z\"");
	assert_decision(&fixture, "id", "theirs \"" ID "\"");
	assert_false(fixture.merge.has_sibling);
	merge(&fixture, NULL,
		"{\"key\":\"k\",\"content\":\"one\",\"updated\":\"2026-03-02\"}",
		"{\"id\":\"" OTHER_ID "\",\"key\":\"k\",\"content\":\"two\"}");
	assert_merged(&fixture, "content", "\"one\"");
	assert_true(fixture.merge.has_sibling);
	assert_json(&fixture.merge.sibling, "content", "\"two\"");
	assert_json(&fixture.merge.sibling, "conflicts_with", "\"" OTHER_ID "\"");
}

static void a_state_made_on_both_sides_keeps_the_smaller_id(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, NULL, "{\"type\":\"state\",\"key\":\"k\",\"content\":\"one\"}",
		"{\"type\":\"state\",\"id\":\"" OTHER_ID
		"\",\"created\":\"2026-01-01\",\"key\":\"k\"}");
	assert_merged(&fixture, "id", "\"" OTHER_ID "\"");
	assert_merged(&fixture, "created", "\"2026-01-01T00:00:00Z\"");
	assert_merged(&fixture, "content", "\"one\"");
	assert_false(fixture.merge.has_sibling);
}

/* A list of tags that is distinct for each side and full. */
static void fill_tags(struct gm_record *record, char side)
{
	for (size_t i = 0; i < GM_RECORD_MAX_TAGS; i++) {
		gm_autofree char *tag = gm_format("%c%zu", side, i);

		must(gm_strv_add(&record->tags, tag));
	}
	must(gm_record_normalise(record, GM_RECORD_MAX_CONTENT));
}

static void what_would_break_a_limit_keeps_both_records(void **state)
{
	autofixture fixture = FIXTURE_INIT;
	struct gm_oid our_blob, their_blob;

	(void)state;
	make(&fixture.ours, "{\"updated\":\"2026-03-02\"}");
	make(&fixture.theirs, "{\"updated\":\"2026-03-01\",\"key\":\"k\"}");
	fill_tags(&fixture.ours, 'a');
	fill_tags(&fixture.theirs, 'b');
	blob_of(&our_blob, &fixture.ours);
	blob_of(&their_blob, &fixture.theirs);
	struct gm_record_merge_input input = {
		NULL, &fixture.ours, &fixture.theirs, &our_blob, &their_blob, GM_FAVOUR_NONE};
	must(gm_record_merge(&fixture.merge, &input));
	assert_decision(&fixture, "record", "conflict");
	assert_int_equal(fixture.merge.n_decisions, 1);
	assert_true(gm_strv_equal(&fixture.merge.merged.tags, &fixture.ours.tags));
	assert_true(fixture.merge.has_sibling);
	assert_true(gm_strv_equal(&fixture.merge.sibling.tags, &fixture.theirs.tags));
	assert_null(fixture.merge.sibling.key);
}

/* Two front matters so full that no sibling could link to its winner beside all it has. */
static void even_full_records_can_be_merged(void **state)
{
	autofixture fixture = FIXTURE_INIT;
	struct gm_oid our_blob, their_blob;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	make(&fixture.ours, "{\"updated\":\"2026-03-02\",\"content\":\"ours\"}");
	make(&fixture.theirs, "{\"updated\":\"2026-03-01\",\"content\":\"theirs\"}");
	while (text.size < GM_RECORD_MAX_FRONT_MATTER - 140)
		must(gm_buf_putc(&text, 'x'));
	fixture.ours.extra = json_pack("{s:s}", "ours", text.ptr);
	fixture.theirs.extra = json_pack("{s:s}", "theirs", text.ptr);
	must(gm_record_normalise(&fixture.ours, GM_RECORD_MAX_CONTENT));
	must(gm_record_normalise(&fixture.theirs, GM_RECORD_MAX_CONTENT));
	blob_of(&our_blob, &fixture.ours);
	blob_of(&their_blob, &fixture.theirs);
	struct gm_record_merge_input input = {
		NULL, &fixture.ours, &fixture.theirs, &our_blob, &their_blob, GM_FAVOUR_NONE};
	must(gm_record_merge(&fixture.merge, &input));
	assert_true(fixture.merge.has_sibling);
	assert_string_equal(fixture.merge.merged.content, "ours");
	assert_non_null(json_object_get(fixture.merge.merged.extra, "ours"));
	assert_string_equal(fixture.merge.sibling.content, "theirs");
	assert_int_equal(fixture.merge.n_decisions, 2);
	assert_non_null(json_object_get(fixture.merge.decisions[1].lost, "theirs"));
}

static void a_base_of_another_memory_is_no_base(void **state)
{
	autofixture fixture = FIXTURE_INIT;

	(void)state;
	merge(&fixture, "{\"id\":\"" OTHER_ID "\",\"tags\":[\"a\"]}",
		"{\"tags\":[\"a\"]}", "{\"tags\":[\"b\"]}");
	assert_merged(&fixture, "tags", "[\"a\",\"b\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_side_changed_is_taken),
		cmocka_unit_test(sets_take_every_addition_and_removal),
		cmocka_unit_test(the_larger_change_of_importance_stays),
		cmocka_unit_test(the_more_private_scope_stays),
		cmocka_unit_test(the_earlier_end_stays),
		cmocka_unit_test(other_fields_go_with_the_later_edit),
		cmocka_unit_test(a_tie_goes_to_the_greater_blob),
		cmocka_unit_test(edits_of_different_lines_are_both_in_the_content),
		cmocka_unit_test(edits_of_the_same_line_make_a_sibling),
		cmocka_unit_test(the_id_of_a_sibling_is_frozen),
		cmocka_unit_test(a_state_is_taken_whole_from_the_later_edit),
		cmocka_unit_test(a_state_that_one_side_changed_is_taken_from_there),
		cmocka_unit_test(a_key_made_on_both_sides_becomes_one_memory),
		cmocka_unit_test(a_state_made_on_both_sides_keeps_the_smaller_id),
		cmocka_unit_test(what_would_break_a_limit_keeps_both_records),
		cmocka_unit_test(even_full_records_can_be_merged),
		cmocka_unit_test(a_base_of_another_memory_is_no_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
