#include "tests/unit/support.h"

#include <string.h>

#include "sync/push_json.h"
#include "sync/remote.h"

static struct gm_oid some_oid(uint8_t byte)
{
	struct gm_oid oid;

	memset(oid.bytes, byte, sizeof(oid.bytes));
	return oid;
}

static void a_request_comes_back_as_it_was(void **state)
{
	gm_autosignature who = GM_SIGNATURE_INIT;
	struct gm_remote remote = {.name = (char *)(uintptr_t) "origin"};
	const struct gm_push_update updates[] = {{.local = "refs/heads/main",
							 .oid = some_oid(1),
							 .remote_ref = "refs/heads/main"},
		{.local = NULL, .oid = gm_oid_zero, .remote_ref = "refs/tags/v1"}};
	const struct gm_push_request request = {.remote = &remote,
		.updates = updates,
		.n = 2,
		.who = &who,
		.no_verify = true};
	gm_autojson *object = gm_json_object();
	gm_autopushasked asked = GM_PUSH_ASKED_INIT;

	(void)state;
	must(gm_signature_set(
		&who, "Ä", "a@example.com", 1767323045 * GM_TIME_SECOND, 90));
	must(gm_push_request_to_json(object, &request));
	must(gm_push_request_from_json(&asked, object));
	assert_string_equal(asked.remote, "origin");
	assert_int_equal(asked.request.n, 2);
	assert_string_equal(asked.updates[0].local, "refs/heads/main");
	assert_true(gm_oid_equal(&asked.updates[0].oid, &updates[0].oid));
	assert_null(asked.updates[1].local);
	assert_true(gm_oid_is_zero(&asked.updates[1].oid));
	assert_string_equal(asked.updates[1].remote_ref, "refs/tags/v1");
	assert_string_equal(asked.request.who->name, "Ä");
	assert_int_equal(asked.request.who->zone_minutes, 90);
	assert_true(asked.request.no_verify);
	assert_false(asked.request.dry_run);
	assert_false(asked.request.is_atomic);
}

static void a_result_comes_back_as_it_was(void **state)
{
	struct gm_pushed_ref refs[GM_PUSHED_REJECTED + 1];
	const struct gm_push_result result = {.refs = refs,
		.n = GM_PUSHED_REJECTED + 1,
		.n_objects = 12,
		.bytes = UINT64_C(1) << 40};
	gm_autojson *object = NULL;
	gm_autopushresult back = GM_PUSH_RESULT_INIT;

	(void)state;
	for (int i = 0; i <= GM_PUSHED_REJECTED; i++)
		refs[i] = (struct gm_pushed_ref){
			.local = i ? (char *)(uintptr_t) "main" : NULL,
			.remote_ref = (char *)(uintptr_t) "refs/heads/main",
			.old_oid = some_oid((uint8_t)i),
			.new_oid = some_oid((uint8_t)(i + 100)),
			.kind = (enum gm_pushed)i,
			.reason = i % 2 ? (char *)(uintptr_t) "why" : NULL,
			.is_remote_reason = i == GM_PUSHED_BEHIND,
			.tracking_ref = i % 3 ? NULL : (char *)(uintptr_t) "refs/x"};
	must(gm_push_result_to_json(&object, &result));
	must(gm_push_result_from_json(&back, object));
	assert_int_equal(back.n, result.n);
	assert_int_equal(back.n_objects, 12);
	assert_true(back.bytes == result.bytes);
	for (size_t i = 0; i < back.n; i++) {
		assert_int_equal(back.refs[i].kind, refs[i].kind);
		assert_true(gm_oid_equal(&back.refs[i].old_oid, &refs[i].old_oid));
		assert_true(gm_oid_equal(&back.refs[i].new_oid, &refs[i].new_oid));
		assert_int_equal(back.refs[i].is_remote_reason, refs[i].is_remote_reason);
		assert_int_equal(!back.refs[i].local, !refs[i].local);
		assert_int_equal(!back.refs[i].reason, !refs[i].reason);
		assert_int_equal(!back.refs[i].tracking_ref, !refs[i].tracking_ref);
	}
}

static void what_lacks_something_is_refused(void **state)
{
	static const char *const results[] = {
		"{\"refs\":[{}]}",
		"{\"refs\":[{\"remote_ref\":\"a\",\"old\":\"12\",\"new\":\"34\"}]}",
		"{\"refs\":[7]}",
		"{\"refs\":[{\"remote_ref\":\"a\","
		"\"old\":\"0000000000000000000000000000000000000000\","
		"\"new\":\"0000000000000000000000000000000000000000\","
		"\"kind\":\"odd\"}]}",
	};
	static const char *const requests[] = {
		"{}",
		"{\"remote\":\"origin\"}",
		"{\"remote\":\"origin\",\"who\":\"a <b> 1 +0000\",\"updates\":[{}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++) {
		gm_autojson *object = NULL;
		gm_autopushresult back = GM_PUSH_RESULT_INIT;
		must(gm_json_parse(&object, results[i], strlen(results[i])));
		assert_int_equal(gm_push_result_from_json(&back, object), GM_EINVALID);
		assert_null(back.refs);
	}
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		gm_autojson *object = NULL;
		gm_autopushasked asked = GM_PUSH_ASKED_INIT;
		must(gm_json_parse(&object, requests[i], strlen(requests[i])));
		assert_true(gm_push_request_from_json(&asked, object) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_was),
		cmocka_unit_test(a_result_comes_back_as_it_was),
		cmocka_unit_test(what_lacks_something_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
