#include "sync/process.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "sync/message.h"
#include "tests/unit/support.h"

static const struct gm_sync_options quietly = {.is_quiet = true};

static struct gm_sync *start(void)
{
	struct gm_sync *sync;

	must(gm_sync_start(&sync, NULL, NULL, &quietly));
	return sync;
}

static void several_requests_are_answered_by_one_process(void **state)
{
	struct gm_sync *sync = start();

	(void)state;
	for (int i = 0; i < 3; i++) {
		gm_autojson *done = NULL;
		must(gm_sync_ask(&done, sync, gm_sync_request("version")));
		assert_non_null(json_string_value(json_object_get(done, "libgit2")));
	}
	gm_sync_free(sync);
}

static void an_error_comes_back_as_it_was_there(void **state)
{
	struct gm_sync *sync = start();
	gm_autojson *done = NULL;

	(void)state;
	assert_int_equal(
		gm_sync_ask(&done, sync, gm_sync_request("nothing")), GM_EINVALID);
	assert_null(done);
	assert_string_equal(gm_error_last()->message, "there is no request 'nothing'");
	must(gm_sync_ask(&done, sync, gm_sync_request("version")));
	gm_sync_free(sync);
}

static void a_message_of_an_error_keeps_all_of_it(void **state)
{
	gm_autojson *message = NULL;

	(void)state;
	(void)gm_error(GM_EACCESS, "the remote refuses");
	gm_error_hint("ask for access");
	must(gm_message_of_error(&message));
	gm_error_clear();
	assert_int_equal(
		gm_message_to_error(json_object_get(message, "error")), GM_EACCESS);
	assert_int_equal(gm_error_last()->code, GM_EACCESS);
	assert_string_equal(gm_error_last()->message, "the remote refuses");
	assert_string_equal(gm_error_last()->hint, "ask for access");
}

static void a_code_that_is_none_becomes_a_failure(void **state)
{
	static const char *const texts[] = {"{\"code\":0,\"message\":\"m\"}",
		"{\"code\":7,\"message\":\"m\"}", "{\"code\":-16,\"message\":\"m\"}",
		"{\"code\":-4711,\"message\":\"m\"}", "{\"message\":\"m\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		gm_autojson *error = NULL;
		must(gm_json_parse(&error, texts[i], strlen(texts[i])));
		assert_int_equal(gm_message_to_error(error), GM_ERROR);
		assert_string_equal(gm_error_last()->message, "m");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_requests_are_answered_by_one_process),
		cmocka_unit_test(an_error_comes_back_as_it_was_there),
		cmocka_unit_test(a_message_of_an_error_keeps_all_of_it),
		cmocka_unit_test(a_code_that_is_none_becomes_a_failure),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
