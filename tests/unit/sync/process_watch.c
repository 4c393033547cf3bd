#include "sync/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/unit/support.h"

/* A program in the place of gitmem-sync: a script that does as a test wants. */
struct stand_in {
	char *dir;
	char *before; /* $GITMEM_EXEC_PATH */
	struct gm_sync *sync;
};

static void start(struct stand_in *out, const char *script, const char *settings)
{
	static const struct gm_sync_options quietly = {.is_quiet = true};
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	const char *before = getenv("GITMEM_EXEC_PATH");

	out->dir = scratch_new();
	out->before = before ? gm_strdup(before) : NULL;
	gm_autofree char *path = gm_format("%s/gitmem-sync", out->dir);
	gm_autofree char *config_path = gm_format("%s/config", out->dir);
	gm_autofree char *text = gm_format("#!/bin/sh\ncd '%s'\n%s\n", out->dir, script);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
	assert_int_equal(chmod(path, 0755), 0);
	file = fopen(config_path, "we");
	assert_non_null(file);
	assert_true(fprintf(file, "[sync]\n%s\n", settings) > 0 && fclose(file) == 0);
	must(gm_config_new(&config));
	must(gm_config_add_file(config, config_path, NULL));
	assert_int_equal(setenv("GITMEM_EXEC_PATH", out->dir, 1), 0);
	must(gm_sync_start(&out->sync, NULL, config, &quietly));
}

static void stop(struct stand_in *it)
{
	gm_sync_free(it->sync);
	if (it->before)
		assert_int_equal(setenv("GITMEM_EXEC_PATH", it->before, 1), 0);
	else
		assert_int_equal(unsetenv("GITMEM_EXEC_PATH"), 0);
	gm_free(it->before);
	scratch_remove(it->dir);
}

/* Ask; what comes back must be this error, within so many seconds. */
static void expect_failure(
	struct stand_in *it, int code, const char *message, int seconds)
{
	gm_autojson *done = NULL;
	time_t begun = time(NULL);

	assert_int_equal(gm_sync_ask(&done, it->sync, gm_sync_request("x")), code);
	assert_null(done);
	if (!strstr(gm_error_last()->message, message))
		fail_msg("'%s' does not say '%s'", gm_error_last()->message, message);
	assert_true(time(NULL) - begun <= seconds);
}

static void what_is_silent_is_ended(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "read -r line; exec sleep 60", "timeout = 1");
	expect_failure(&it, GM_ERROR, "nothing came from the remote for", 15);
	expect_failure(&it, GM_ERROR, "has ended", 0);
	stop(&it);
}

static void what_goes_on_for_ever_is_ended(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "read -r line; while echo '{\"bytes\":1}'; do sleep 0.05; done",
		"timeout = 600\ntimeLimit = 1");
	expect_failure(&it, GM_ERROR, "longer than 1 seconds", 10);
	stop(&it);
}

static void what_does_not_listen_is_killed(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "trap '' TERM; read -r line; while :; do sleep 0.1; done",
		"timeLimit = 1");
	expect_failure(&it, GM_ERROR, "longer than 1 seconds", 10);
	stop(&it);
}

static void what_computes_is_not_taken_for_silent(void **state)
{
	struct stand_in it;
	gm_autojson *done = NULL;

	(void)state;
	start(&it,
		"read -r line; end=$(($(date +%s) + 3)); n=0; while [ $n -lt 400000 ]; "
		"do "
		"n=$((n + 1)); done; while [ $(date +%s) -lt $end ]; do n=0; while [ $n "
		"-lt "
		"20000 ]; do n=$((n + 1)); done; done; echo '{\"done\":{}}'",
		"timeout = 1");
	must(gm_sync_ask(&done, it.sync, gm_sync_request("x")));
	stop(&it);
}

static void one_that_is_killed_is_told_of(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "read -r line; kill -KILL $$", "");
	expect_failure(&it, GM_ERROR, "was ended by signal 9", 10);
	stop(&it);
}

static void one_that_ends_early_is_told_of(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "read -r line; echo '{\"bytes\":1}'; exit 3", "");
	expect_failure(&it, GM_ERROR, "ended without an answer", 10);
	stop(&it);
}

static void nonsense_is_refused(void **state)
{
	static const char *const answers[] = {"nonsense", "{}", "[]", "{\"progress\":7}",
		"{\"done\":{}", "{\"progress\":{\"title\":\"x\",\"done\":-1}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct stand_in it;
		gm_autofree char *script = gm_format(
			"read -r line; printf '%%s\\n' '%s'; sleep 0.2", answers[i]);
		start(&it, script, "");
		expect_failure(&it, GM_EINVALID, "is damaged", 10);
		expect_failure(&it, GM_ERROR, "has ended", 0);
		stop(&it);
	}
}

static void answers_in_pieces_are_put_together(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it,
		"while read -r line; do printf '{\"bytes\":1}\\n{\"do'; sleep 0.1; "
		"printf "
		"'ne\":{\"n\":'; sleep 0.1; printf '7}}\\n'; done",
		"");
	for (int i = 0; i < 2; i++) {
		gm_autojson *answer = NULL;
		must(gm_sync_ask(&answer, it.sync, gm_sync_request("x")));
		assert_int_equal(json_integer_value(json_object_get(answer, "n")), 7);
	}
	stop(&it);
}

static void it_has_a_limit_of_memory_and_leaves_no_core(void **state)
{
	struct stand_in it;
	gm_autojson *done = NULL;

	(void)state;
	start(&it,
		"read -r line; printf '{\"done\":{\"data\":\"%s\",\"core\":\"%s\"}}\\n' "
		"$(ulimit -S -d) $(ulimit -c)",
		"memoryLimit = 512m");
	must(gm_sync_ask(&done, it.sync, gm_sync_request("x")));
#ifndef __SANITIZE_ADDRESS__
	assert_string_equal(json_string_value(json_object_get(done, "data")), "524288");
#endif
	assert_string_equal(json_string_value(json_object_get(done, "core")), "0");
	stop(&it);
}

static void it_ends_when_it_is_asked_no_more(void **state)
{
	struct stand_in it;

	(void)state;
	start(&it, "cat >/dev/null; : >ended", "");
	gm_sync_free(it.sync);
	it.sync = NULL;
	gm_autofree char *path = gm_format("%s/ended", it.dir);
	assert_int_equal(access(path, F_OK), 0);
	stop(&it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_silent_is_ended),
		cmocka_unit_test(what_goes_on_for_ever_is_ended),
		cmocka_unit_test(what_does_not_listen_is_killed),
		cmocka_unit_test(what_computes_is_not_taken_for_silent),
		cmocka_unit_test(one_that_is_killed_is_told_of),
		cmocka_unit_test(one_that_ends_early_is_told_of),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(answers_in_pieces_are_put_together),
		cmocka_unit_test(it_has_a_limit_of_memory_and_leaves_no_core),
		cmocka_unit_test(it_ends_when_it_is_asked_no_more),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
