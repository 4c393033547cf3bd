#include "base/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/support.h"

/* A stream whose other end is a terminal nobody looks at. */
static FILE *open_terminal(int *controller_out, unsigned short columns)
{
	const struct winsize size = {.ws_row = 24, .ws_col = columns};
	int controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[128];

	assert_true(controller >= 0);
	assert_int_equal(grantpt(controller), 0);
	assert_int_equal(unlockpt(controller), 0);
	assert_int_equal(ptsname_r(controller, name, sizeof(name)), 0);
	int fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
	*controller_out = controller;
	return fdopen(fd, "w");
}

static int clear_environment(void **state)
{
	static const char *const names[] = {
		"NO_COLOR", "TERM", "COLUMNS", "PAGER", "GITMEM_PAGER", "LESS"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	return 0;
}

static void colour_needs_a_capable_terminal(void **state)
{
	int controller;
	FILE *terminal = open_terminal(&controller, 80);
	FILE *file = tmpfile();

	(void)state;
	assert_false(gm_color_wanted(GM_COLOR_AUTO, terminal));
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_true(gm_color_wanted(GM_COLOR_AUTO, terminal));
	assert_false(gm_color_wanted(GM_COLOR_AUTO, file));
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	assert_false(gm_color_wanted(GM_COLOR_AUTO, terminal));
	(void)fclose(file);
	(void)fclose(terminal);
	(void)close(controller);
}

static void no_color_is_obeyed_unless_asked_for(void **state)
{
	int controller;
	FILE *terminal = open_terminal(&controller, 80);

	(void)state;
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_int_equal(setenv("NO_COLOR", "", 1), 0);
	assert_true(gm_color_wanted(GM_COLOR_AUTO, terminal));
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_false(gm_color_wanted(GM_COLOR_AUTO, terminal));
	assert_true(gm_color_wanted(GM_COLOR_ALWAYS, terminal));
	assert_false(gm_color_wanted(GM_COLOR_NEVER, terminal));
	(void)fclose(terminal);
	(void)close(controller);
}

static void columns_come_from_the_environment_or_the_terminal(void **state)
{
	int controller;
	FILE *terminal = open_terminal(&controller, 133);
	FILE *file = tmpfile();

	(void)state;
	assert_int_equal(gm_terminal_columns(terminal), 133);
	assert_int_equal(gm_terminal_columns(file), 80);
	assert_int_equal(setenv("COLUMNS", "50", 1), 0);
	assert_int_equal(gm_terminal_columns(terminal), 50);
	assert_int_equal(setenv("COLUMNS", "99999999999999999999", 1), 0);
	assert_int_equal(gm_terminal_columns(terminal), 133);
	assert_int_equal(setenv("COLUMNS", "-5", 1), 0);
	assert_int_equal(gm_terminal_columns(file), 80);
	(void)fclose(file);
	(void)fclose(terminal);
	(void)close(controller);
}

/* Write a line with stdout being `fd`, perhaps through a pager; whether there was one. */
static bool write_paged(int fd)
{
	struct gm_pager pager = GM_PAGER_INIT;
	int saved = dup(STDOUT_FILENO);

	(void)fflush(stdout);
	assert_true(saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	int rc = gm_pager_start(&pager);
	bool paged = pager.pid > 0;
	(void)fputs("a line\n", stdout);
	gm_pager_finish(&pager);
	(void)fflush(stdout);
	bool restored = isatty(STDOUT_FILENO) == isatty(fd);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	must(rc);
	assert_true(restored);
	return paged;
}

static void a_terminal_is_paged_and_the_pager_waited_for(void **state)
{
	int controller;
	FILE *terminal = open_terminal(&controller, 80);
	char *dir = scratch_new();
	gm_autofree char *command = gm_format("(cat; echo \"$LESS\") >'%s/out'", dir);
	gm_autobuf have = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(setenv("PAGER", "false", 1), 0);
	assert_int_equal(setenv("GITMEM_PAGER", command, 1), 0);
	assert_true(write_paged(fileno(terminal)));
	scratch_read(&have, dir, "out");
	assert_string_equal(gm_buf_str(&have), "a line\nFRX\n");
	scratch_remove(dir);
	(void)fclose(terminal);
	(void)close(controller);
}

static void cat_and_nothing_are_no_pagers(void **state)
{
	int controller;
	FILE *terminal = open_terminal(&controller, 80);

	(void)state;
	assert_int_equal(setenv("PAGER", "cat", 1), 0);
	assert_false(write_paged(fileno(terminal)));
	assert_int_equal(setenv("GITMEM_PAGER", "", 1), 0);
	assert_int_equal(setenv("PAGER", "false", 1), 0);
	assert_false(write_paged(fileno(terminal)));
	(void)fclose(terminal);
	(void)close(controller);
}

static void a_file_is_not_paged(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_int_equal(setenv("GITMEM_PAGER", "false", 1), 0);
	assert_false(write_paged(fileno(file)));
	(void)fclose(file);
}

/* What progress leaves on stderr over `ms`; updated every few milliseconds. */
static void run_progress(struct gm_buf *out, uint64_t total, bool wanted, long ms)
{
	struct gm_progress progress;
	const struct timespec pause = {.tv_nsec = 5000000};
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	gm_progress_start(&progress, "Indexing", total, wanted);
	for (long i = 0; i < ms / 5; i++) {
		gm_progress_update(&progress, 41000);
		(void)nanosleep(&pause, NULL);
	}
	gm_progress_finish(&progress, total ? total : 41200);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	must(gm_file_read_fd(out, fileno(file), "stderr"));
	(void)fclose(file);
}

static void short_work_shows_no_progress(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	run_progress(&out, 100000, true, 50);
	assert_int_equal(out.size, 0);
}

static void long_work_rewrites_one_line(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	size_t drawn = 0;

	(void)state;
	run_progress(&out, 100000, true, 1500);
	assert_memory_equal(gm_buf_str(&out), "\rIndexing: 41 % (41000/100000)\r", 31);
	assert_non_null(strstr(gm_buf_str(&out), "\rIndexing: 100 % (100000/100000)\n"));
	for (size_t i = 0; i < out.size; i++)
		drawn += out.ptr[i] == '\r';
	assert_true(drawn >= 2 && drawn <= 8);
}

static void without_a_total_the_rate_is_shown(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	run_progress(&out, 0, true, 1100);
	assert_memory_equal(gm_buf_str(&out), "\rIndexing: 41000, ", 18);
	assert_non_null(strstr(gm_buf_str(&out), "/s"));
	assert_int_equal(out.ptr[out.size - 1], '\n');
}

static void unwanted_progress_is_silent(void **state)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	run_progress(&out, 100000, false, 1100);
	assert_int_equal(out.size, 0);
}

/* In a session of its own, with this terminal or without any. */
static bool has_terminal_in_session(const char *name)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* The first terminal that a session opens is its own. */
		bool is_ready = setsid() >= 0 && (!name || open(name, O_RDWR) >= 0);
		_exit(is_ready ? gm_has_terminal() : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status);
}

static void only_with_a_terminal_can_somebody_be_asked(void **state)
{
	gm_autoclose int controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[128];

	(void)state;
	assert_true(controller >= 0);
	assert_int_equal(grantpt(controller), 0);
	assert_int_equal(unlockpt(controller), 0);
	assert_int_equal(ptsname_r(controller, name, sizeof(name)), 0);
	assert_true(has_terminal_in_session(name));
	assert_false(has_terminal_in_session(NULL));
}

#define with_clear_environment(test) cmocka_unit_test_setup(test, clear_environment)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_clear_environment(colour_needs_a_capable_terminal),
		with_clear_environment(no_color_is_obeyed_unless_asked_for),
		with_clear_environment(columns_come_from_the_environment_or_the_terminal),
		with_clear_environment(a_terminal_is_paged_and_the_pager_waited_for),
		with_clear_environment(cat_and_nothing_are_no_pagers),
		with_clear_environment(a_file_is_not_paged),
		with_clear_environment(short_work_shows_no_progress),
		with_clear_environment(long_work_rewrites_one_line),
		with_clear_environment(without_a_total_the_rate_is_shown),
		with_clear_environment(unwanted_progress_is_silent),
		with_clear_environment(only_with_a_terminal_can_somebody_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
