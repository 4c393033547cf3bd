#include "base/config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/support.h"

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int set(const char *dir, const char *name, const char *value)
{
	gm_autofree char *path = gm_path_join(dir, "config");

	return gm_config_set_file(path, name, value);
}

static void assert_files(const char *dir, const char *wanted)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	assert_int_equal(shell(&text, dir, "cat config; ls -A"), 0);
	assert_string_equal(gm_buf_str(&text), wanted);
}

/* A process is killed at any moment of its changes; they stand in for each kind of death. */
static void a_killed_writer_does_not_hold_up_the_next(void **state)
{
	const char *dir = *state;

	for (unsigned i = 0; i < 40; i++) {
		const struct timespec pause = {.tv_nsec = 1000000 + (long)i * 97003};
		int status;
		pid_t pid = fork();
		assert_true(pid >= 0);
		while (!pid)
			(void)set(dir, "a.b", "1");
		(void)nanosleep(&pause, NULL);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		double begin = seconds();
		must(set(dir, "a.b", "2"));
		assert_true(seconds() - begin < 5);
		assert_int_equal(shell(NULL, dir, "rm -f .tmp_*"), 0);
		assert_files(dir, "[a]\n\tb = 2\nconfig\n");
	}
}

static void a_lock_that_gits_config_holds_is_waited_for(void **state)
{
	const char *dir = *state;

	must(set(dir, "a.b", "1"));
	assert_int_equal(
		shell(NULL, dir,
			"echo '[x]' >config.lock; (sleep 0.4; mv config.lock config)"
			" >/dev/null 2>&1 &"),
		0);
	double begin = seconds();
	must(set(dir, "a.b", "2"));
	assert_true(seconds() - begin > 0.2);
	assert_files(dir, "[x]\n[a]\n\tb = 2\nconfig\n");
}

static void writers_at_the_same_time_lose_nothing(void **state)
{
	const char *dir = *state;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	pid_t pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		for (int n = 0; !pids[i] && n < 10; n++) {
			char name[16];
			(void)snprintf(name, sizeof(name), "a.k%d-%d", i, n);
			if (set(dir, name, "1") < 0)
				_exit(1);
		}
		if (!pids[i])
			_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(shell(&text, dir, "git config -f config -l | wc -l; ls -A"), 0);
	assert_string_equal(gm_buf_str(&text), "40\nconfig\n");
}

static void git_waits_for_ours(void **state)
{
	const char *dir = *state;

	/* What a writer that was killed leaves is a lock to git. */
	assert_int_equal(
		shell(NULL, dir,
			"echo 'held by gitmem, which has a flock on this file'"
			" >config.lock; ! git config -f config a.b 1 2>/dev/null"),
		0);
	must(set(dir, "a.b", "2"));
	assert_files(dir, "[a]\n\tb = 2\nconfig\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_killed_writer_does_not_hold_up_the_next),
		TEST(a_lock_that_gits_config_holds_is_waited_for),
		TEST(writers_at_the_same_time_lose_nothing),
		TEST(git_waits_for_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
