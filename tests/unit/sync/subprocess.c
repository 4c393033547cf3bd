#include "sync/subprocess.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"

static struct gm_subprocess *start(const char *script, const char *const *variables)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct gm_subprocess *process = NULL;

	must(gm_subprocess_start(&process, argv, variables));
	return process;
}

static void read_all(struct gm_buf *out, struct gm_subprocess *process)
{
	char bytes[5000];
	size_t n;

	do {
		must(gm_subprocess_read(&n, process, bytes, sizeof(bytes)));
		must(gm_buf_put(out, bytes, n));
	} while (n);
}

static void what_is_said_comes_back(void **state)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("cat; echo end", NULL);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	must(gm_subprocess_write(process, "hello\n", 6));
	gm_subprocess_close_input(process);
	read_all(&out, process);
	assert_string_equal(gm_buf_str(&out), "hello\nend\n");
	assert_int_equal(gm_subprocess_wait(process, 5000), 0);
}

static void neither_waits_for_the_other(void **state)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("cat", NULL);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	size_t size = 3 << 20;
	gm_autofree char *data = gm_malloc(size);

	(void)state;
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 7 + i / 251);
	/* It echoes more than the pipes hold before we read any of it. */
	must(gm_subprocess_write(process, data, size));
	gm_subprocess_close_input(process);
	read_all(&out, process);
	assert_int_equal(out.size, size);
	assert_memory_equal(out.ptr, data, size);
}

static void one_that_stops_listening_can_still_be_heard(void **state)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("exec <&-; echo why; sleep 0.2", NULL);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);
	static char data[1 << 20];

	(void)state;
	assert_int_equal(gm_subprocess_write(process, data, sizeof(data)), GM_EPIPE);
	read_all(&out, process);
	assert_string_equal(gm_buf_str(&out), "why\n");
}

static void complaints_and_codes_are_kept(void **state)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("echo first >&2; echo second >&2; exit 3", NULL);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	read_all(&out, process);
	assert_string_equal(gm_subprocess_complaint(process), "first\nsecond\n");
	assert_int_equal(gm_subprocess_wait(process, 5000), 3);
}

static void of_many_complaints_the_last_are_kept(void **state)
{
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("yes | head -n 100000 >&2; echo last >&2", NULL);
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	read_all(&out, process);
	const char *text = gm_subprocess_complaint(process);
	assert_in_range(strlen(text), 1000, 20000);
	assert_string_equal(text + strlen(text) - 7, "y\nlast\n");
}

static void a_program_that_is_not_there_is_told(void **state)
{
	const char *const argv[] = {"gitmem-no-such-program", NULL};
	struct gm_subprocess *process = NULL;

	(void)state;
	assert_int_equal(gm_subprocess_start(&process, argv, NULL), GM_ENOTFOUND);
	assert_null(process);
}

static void variables_of_hooks_and_tokens_are_not_passed_on(void **state)
{
	static const char *const variables[] = {"GIT_TERMINAL_PROMPT=0", NULL};
	gm_autobuf out = GM_BUF_INIT(GM_BUF_TEXT);

	(void)state;
	assert_int_equal(setenv("GIT_DIR", "/nowhere", 1), 0);
	assert_int_equal(setenv("GITMEM_TOKEN", "secret", 1), 0);
	assert_int_equal(setenv("GITMEM_TOKENS", "kept", 1), 0);
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process =
		start("env | grep -E '^GIT' | sort", variables);
	read_all(&out, process);
	assert_non_null(strstr(gm_buf_str(&out), "GITMEM_TOKENS=kept\n"));
	assert_non_null(strstr(gm_buf_str(&out), "GIT_TERMINAL_PROMPT=0\n"));
	assert_null(strstr(gm_buf_str(&out), "GIT_DIR"));
	assert_null(strstr(gm_buf_str(&out), "secret"));
}

static void one_that_does_not_end_is_ended(void **state)
{
	struct gm_subprocess *process = start("trap '' TERM; echo $$; sleep 100", NULL);
	char bytes[100] = "";
	size_t n;

	(void)state;
	must(gm_subprocess_read(&n, process, bytes, sizeof(bytes) - 1));
	pid_t pid = (pid_t)atoi(bytes);
	assert_int_equal(kill(pid, 0), 0);
	gm_subprocess_free(process);
	assert_int_equal(kill(pid, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_comes_back),
		cmocka_unit_test(neither_waits_for_the_other),
		cmocka_unit_test(one_that_stops_listening_can_still_be_heard),
		cmocka_unit_test(complaints_and_codes_are_kept),
		cmocka_unit_test(of_many_complaints_the_last_are_kept),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
		cmocka_unit_test(variables_of_hooks_and_tokens_are_not_passed_on),
		cmocka_unit_test(one_that_does_not_end_is_ended),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
