#include "tests/unit/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

void must_(int rc, const char *call, const char *file, int line)
{
	if (rc < 0)
		fail_msg("%s:%d: %s: %s", file, line, call, gm_error_last()->message);
}

bool test_is_sampled(void)
{
	const char *value = getenv("GITMEM_TEST_SAMPLE");

	return value && *value && strcmp(value, "0") != 0;
}

unsigned test_cases(unsigned all)
{
	return test_is_sampled() ? (all + 3) / 4 : all;
}

int test_fault_after(int at, int step)
{
	int further = test_is_sampled() ? at / 2 : 0;

	return at + (step > further ? step : further);
}

char *scratch_new(void)
{
	const char *base = getenv("TMPDIR");
	char path[4096];

	(void)snprintf(
		path, sizeof(path), "%s/gitmem-unit-XXXXXX", base ? base : P_tmpdir);
	assert_non_null(mkdtemp(path));
	return strdup(path);
}

void scratch_remove(char *dir)
{
	gm_autofree char *command =
		gm_format("chmod -R u+rwx '%s' && rm -rf '%s'", dir, dir);

	assert_non_null(command);
	assert_int_equal(shell(NULL, "/", command), 0);
	free(dir);
}

void scratch_write(const char *dir, const char *name, const void *data, size_t size)
{
	gm_autofree char *path = gm_path_join(dir, name);

	must(gm_mkdirs_for(path));
	must(gm_file_write(path, data, size));
}

void scratch_read(struct gm_buf *out, const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);

	must(gm_file_read(out, path));
}

static void run_child(const char *dir, const char *command, int out_fd)
{
	char *const argv[] = {
		(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)command, NULL};
	char path[4096];
	char home[4200];
	char *envp[] = {path, home, (char[]){"LC_ALL=C"},
		(char[]){"GIT_CONFIG_NOSYSTEM=1"}, (char[]){"GIT_AUTHOR_NAME=A U Thor"},
		(char[]){"GIT_AUTHOR_EMAIL=author@example.com"},
		(char[]){"GIT_COMMITTER_NAME=C O Mitter"},
		(char[]){"GIT_COMMITTER_EMAIL=committer@example.com"},
		(char[]){"GIT_AUTHOR_DATE=1767323045 +0000"},
		(char[]){"GIT_COMMITTER_DATE=1767323045 +0000"}, NULL};

	(void)snprintf(path, sizeof(path), "PATH=%s", getenv("PATH"));
	(void)snprintf(home, sizeof(home), "HOME=%s/no-home", dir);
	if (chdir(dir) < 0 || dup2(out_fd, 1) < 0)
		_exit(126);
	(void)execvpe("sh", argv, envp);
	_exit(127);
}

int shell(struct gm_buf *out, const char *dir, const char *command)
{
	int ends[2];
	int status;
	char chunk[4096];
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run_child(dir, command, ends[1]);
	(void)close(ends[1]);
	if (out)
		gm_buf_reset(out);
	while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
		if (out)
			must(gm_buf_put(out, chunk, (size_t)n));
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
