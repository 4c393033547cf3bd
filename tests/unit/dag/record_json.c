#include "tests/unit/support.h"

#include <string.h>

#include "dag/record.h"

#define ID "01900000-0000-7000-8000-000000000001"

static int from_json(struct gm_record *out, const char *text)
{
	gm_autojson *json = NULL;

	must(gm_json_parse(&json, text, strlen(text)));
	return gm_record_from_json(out, json);
}

static void assert_wrong(const char *text, const char *reason)
{
	gm_autorecord record = GM_RECORD_INIT;

	assert_int_equal(from_json(&record, text), GM_EINVALID);
	if (!strstr(gm_error_last()->message, reason))
		fail_msg("'%s' is not in '%s'", reason, gm_error_last()->message);
	assert_null(record.content);
}

static const char everything[] =
	"{\"id\":\"" ID
	"\",\"content\":\"a\\nb\",\"type\":\"state\",\"key\":\"user/editor\","
	"\"agent\":\"me\",\"session\":\"s\",\"role\":\"user\",\"seq\":3,"
	"\"created\":\"2026-01-02T03:04:05Z\",\"updated\":\"2026-01-03T03:04:05.5Z\","
	"\"importance\":0.75,\"tags\":[\"a\",\"b\"],\"scope\":\"global\","
	"\"supersedes\":[\"01900000-0000-7000-8000-000000000002\"],"
	"\"valid_from\":\"2026-01-01T00:00:00Z\",\"valid_until\":\"2027-01-01T00:00:"
	"00Z\","
	"\"conflicts_with\":\"01900000-0000-7000-8000-000000000003\","
	"\"source\":{\"file\":\"a\"},\"mood\":[1,2.5,null,true]}";

static void every_key_comes_back(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autojson *json = NULL;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(from_json(&record, everything));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	assert_string_equal(record.key, "user/editor");
	assert_int_equal(record.content_size, 3);
	must(gm_record_to_json(&json, &record));
	must(gm_json_dump(&out, json, false));
	assert_string_equal(out.ptr, everything);
}

static void a_plain_memory_has_its_defaults(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autojson *json = NULL;
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(from_json(&record, "{\"content\":\"x\"}"));
	assert_string_equal(record.id, "");
	assert_int_equal(record.created, GM_TIME_NONE);
	memcpy(record.id, ID, sizeof(ID));
	must(gm_time_parse(&record.created, "2026-01-02"));
	must(gm_record_to_json(&json, &record));
	must(gm_json_dump(&out, json, false));
	assert_string_equal(out.ptr,
		"{\"id\":\"" ID "\",\"content\":\"x\",\"type\":\"semantic\","
		"\"created\":\"2026-01-02T00:00:00Z\",\"importance\":0.5,\"tags\":[],"
		"\"scope\":\"shared\"}");
}

static void a_message_of_a_session_is_episodic_unless_it_says_otherwise(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	must(from_json(&record, "{\"content\":\"x\",\"session\":\"s\"}"));
	assert_int_equal(record.type, GM_RECORD_EPISODIC);
	must(from_json(
		&record, "{\"content\":\"x\",\"session\":\"s\",\"type\":\"semantic\"}"));
	assert_int_equal(record.type, GM_RECORD_SEMANTIC);
	must(from_json(&record, "{\"content\":\"x\",\"session\":null,\"type\":null}"));
	assert_int_equal(record.type, GM_RECORD_SEMANTIC);
}

static void what_we_compute_is_left_out(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	must(from_json(&record,
		"{\"content\":\"x\",\"path\":\"../a\",\"blob\":1,\"sha256\":[],"
		"\"commit\":null}"));
	assert_null(record.extra);
}

static void one_text_may_stand_for_a_list_of_one(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	must(from_json(&record,
		"{\"tags\":\"one\",\"supersedes\":\"" ID "\",\"importance\":1}"));
	assert_int_equal(record.tags.n, 1);
	assert_string_equal(record.tags.items[0], "one");
	assert_string_equal(record.supersedes.items[0], ID);
	assert_true(record.importance == 1);
}

static void null_means_not_given_except_in_unknown_keys(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;

	(void)state;
	must(from_json(&record,
		"{\"id\":null,\"key\":null,\"tags\":null,\"seq\":null,"
		"\"created\":null,\"importance\":null,\"x\":null}"));
	assert_null(record.key);
	assert_int_equal(record.seq, -1);
	assert_true(json_is_null(json_object_get(record.extra, "x")));
}

static void a_wrong_type_names_its_key(void **state)
{
	(void)state;
	assert_wrong("[]", "object");
	assert_wrong("{\"id\":1}", "'id'");
	assert_wrong("{\"id\":\"x\"}", "'id'");
	assert_wrong("{\"content\":1}", "'content'");
	assert_wrong("{\"type\":\"note\"}", "'type'");
	assert_wrong("{\"type\":1}", "'type'");
	assert_wrong("{\"key\":1}", "'key'");
	assert_wrong("{\"agent\":true}", "'agent'");
	assert_wrong("{\"session\":42}", "'session'");
	assert_wrong("{\"role\":{}}", "'role'");
	assert_wrong("{\"seq\":\"1\"}", "'seq'");
	assert_wrong("{\"seq\":1.5}", "'seq'");
	assert_wrong("{\"seq\":-1}", "'seq'");
	assert_wrong("{\"created\":1767323045}", "'created'");
	assert_wrong("{\"created\":\"yesterday\"}", "'created'");
	assert_wrong("{\"updated\":\"2026-13-01\"}", "'updated'");
	assert_wrong("{\"importance\":\"high\"}", "'importance'");
	assert_wrong("{\"importance\":\"0.5\"}", "'importance'");
	assert_wrong("{\"tags\":[1]}", "'tags'");
	assert_wrong("{\"tags\":{}}", "'tags'");
	assert_wrong("{\"scope\":\"all\"}", "'scope'");
	assert_wrong("{\"supersedes\":[null]}", "'supersedes'");
	assert_wrong("{\"valid_from\":[]}", "'valid_from'");
	assert_wrong("{\"conflicts_with\":\"\"}", "'conflicts_with'");
	assert_wrong("{\"source\":[]}", "'source'");
}

/* What the caller gave is not changed by what happens to the record. */
static void a_record_keeps_no_hold_on_the_json(void **state)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autojson *json = NULL;
	static const char text[] = "{\"source\":{\"a\":1},\"x\":{\"b\":2}}";

	(void)state;
	must(gm_json_parse(&json, text, strlen(text)));
	must(gm_record_from_json(&record, json));
	must(gm_json_set_int(record.source, "a", 7));
	must(gm_json_set_int(json_object_get(record.extra, "x"), "b", 8));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "source"), "a")),
		1);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "x"), "b")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_comes_back),
		cmocka_unit_test(a_plain_memory_has_its_defaults),
		cmocka_unit_test(
			a_message_of_a_session_is_episodic_unless_it_says_otherwise),
		cmocka_unit_test(what_we_compute_is_left_out),
		cmocka_unit_test(one_text_may_stand_for_a_list_of_one),
		cmocka_unit_test(null_means_not_given_except_in_unknown_keys),
		cmocka_unit_test(a_wrong_type_names_its_key),
		cmocka_unit_test(a_record_keeps_no_hold_on_the_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
