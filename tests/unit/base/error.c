#include "base/error.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/unit/support.h"

static void the_message_and_the_code_are_kept(void **state)
{
	(void)state;
	assert_int_equal(gm_error(GM_EINVALID, "bad thing '%s'", "x"), GM_EINVALID);
	assert_int_equal(gm_error_last()->code, GM_EINVALID);
	assert_string_equal(gm_error_last()->message, "bad thing 'x'");
	gm_error_clear();
	assert_int_equal(gm_error_last()->code, GM_OK);
	assert_string_equal(gm_error_last()->message, "");
}

static void a_system_error_tells_its_reason_and_kind(void **state)
{
	static const struct {
		int system;
		int code;
	} kinds[] = {{ENOENT, GM_ENOTFOUND}, {ENOTDIR, GM_ENOTFOUND},
		{EACCES, GM_EACCESS}, {EROFS, GM_EACCESS}, {EPERM, GM_EACCESS},
		{ENOSPC, GM_ENOSPC}, {EDQUOT, GM_ENOSPC}, {EEXIST, GM_EEXISTS},
		{ENOMEM, GM_ENOMEM}, {EINTR, GM_EINTERRUPTED}, {EIO, GM_ERROR}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		errno = kinds[i].system;
		assert_int_equal(gm_error_errno("cannot open '%s'", "f"), kinds[i].code);
		assert_memory_equal(gm_error_last()->message, "cannot open 'f': ", 17);
		assert_string_equal(
			gm_error_last()->message + 17, strerror(kinds[i].system));
	}
}

static void a_long_message_still_ends_with_the_reason(void **state)
{
	char name[5000];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	errno = ENOENT;
	(void)gm_error_errno("cannot open '%s'", name);
	const char *message = gm_error_last()->message;
	assert_non_null(strstr(message, "n: No such file or directory"));
	assert_true(strlen(message) < sizeof(gm_error_last()->message));
}

static void a_prefix_goes_before_the_message(void **state)
{
	(void)state;
	(void)gm_error(GM_EMISMATCH, "wrong hash");
	assert_int_equal(gm_error_prefix("object %d", 5), GM_EMISMATCH);
	assert_string_equal(gm_error_last()->message, "object 5: wrong hash");
}

static void a_message_may_be_made_of_the_last_one(void **state)
{
	(void)state;
	(void)gm_error(GM_EINVALID, "a rather long reason");
	(void)gm_error(GM_ERROR, "line 7: %s", gm_error_last()->message);
	assert_string_equal(gm_error_last()->message, "line 7: a rather long reason");
	gm_error_hint("see: %s", gm_error_last()->message);
	gm_error_hint("and: %s", gm_error_last()->hint);
	assert_string_equal(
		gm_error_last()->hint, "and: see: line 7: a rather long reason");
}

static void a_hint_stays_until_the_next_error(void **state)
{
	(void)state;
	(void)gm_error(GM_ERROR, "x");
	gm_error_hint("do '%s'", "y");
	assert_string_equal(gm_error_last()->hint, "do 'y'");
	(void)gm_error(GM_ERROR, "z");
	assert_string_equal(gm_error_last()->hint, "");
}

static void control_characters_never_reach_the_terminal(void **state)
{
	(void)state;
	(void)gm_error(GM_ERROR, "file '%s'", "a\x1b[31m\nb\x7f\xc2\x9b\xc3\xa4");
	assert_string_equal(gm_error_last()->message, "file 'a?[31m?b???\xc3\xa4'");
}

static void a_cut_message_ends_with_a_whole_character(void **state)
{
	char name[3000];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(name, 'n', shift);
		for (size_t i = shift; i + 3 < sizeof(name); i += 3)
			memcpy(name + i, "\xe4\xb8\xad", 4);
		(void)gm_error(GM_ERROR, "%s", name);
		const char *message = gm_error_last()->message;
		assert_true(strlen(message) > 1000);
		assert_true(gm_utf8_valid(message, strlen(message)));
	}
}

static void *set_error(void *payload)
{
	(void)payload;
	(void)gm_error(GM_ENOTFOUND, "of the other thread");
	return NULL;
}

static void threads_have_errors_of_their_own(void **state)
{
	pthread_t thread;

	(void)state;
	(void)gm_error(GM_EINVALID, "of this thread");
	assert_int_equal(pthread_create(&thread, NULL, set_error, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(gm_error_last()->message, "of this thread");
}

static void every_code_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int a = GM_ENO; a <= GM_OK; a++)
		for (int b = a + 1; b <= GM_OK; b++)
			assert_string_not_equal(gm_error_name((enum gm_errcode)a),
				gm_error_name((enum gm_errcode)b));
	assert_string_equal(gm_error_name(GM_ENOTFOUND), "not-found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_message_and_the_code_are_kept),
		cmocka_unit_test(a_system_error_tells_its_reason_and_kind),
		cmocka_unit_test(a_long_message_still_ends_with_the_reason),
		cmocka_unit_test(a_prefix_goes_before_the_message),
		cmocka_unit_test(a_message_may_be_made_of_the_last_one),
		cmocka_unit_test(a_hint_stays_until_the_next_error),
		cmocka_unit_test(control_characters_never_reach_the_terminal),
		cmocka_unit_test(a_cut_message_ends_with_a_whole_character),
		cmocka_unit_test(threads_have_errors_of_their_own),
		cmocka_unit_test(every_code_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
