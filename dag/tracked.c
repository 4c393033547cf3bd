#include "dag/tracked.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

/* No variable of Git's may lead git elsewhere; a token is not its. Lends from `environ`. */
static char **clean_environment(void)
{
	size_t n = 0, kept = 0;

	while (environ && environ[n])
		n++;
	char **clean = gm_calloc(n + 1, sizeof(*clean));
	for (size_t i = 0; clean && i < n; i++)
		if (strncmp(environ[i], "GIT_", 4) != 0 &&
			strncmp(environ[i], "GITMEM_TOKEN=", 13) != 0)
			clean[kept++] = environ[i];
	return clean;
}

/*
 * The nearest folder upward that git takes for the top of a working tree; NULL: none. Named to
 * git, for it must not find a repository that was sent along: only `.git` never is.
 */
static int find_top(char **out, const char *gitdir)
{
	gm_autofree char *dir = gm_path_dir(gitdir);

	while (dir) {
		gm_autofree char *git = gm_path_join(dir, ".git");
		if (!git)
			return GM_ENOMEM;
		if (gm_path_exists(git)) {
			*out = gm_steal(&dir);
			return 0;
		}
		if (!strcmp(dir, "/") || !strcmp(dir, "."))
			return 0;
		char *above = gm_path_dir(dir);
		gm_free(dir);
		dir = above;
	}
	return GM_ENOMEM;
}

/* In the child. */
_Noreturn static void execute(
	const char *top, const char *gitdir, int out, char **environment)
{
	const char *const argv[] = {"git", "-C", top, "--git-dir=.git", "--work-tree=.",
		"--literal-pathspecs", "ls-files", "--cached", "-z", "--", gitdir, NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)signal(SIGPIPE, SIG_DFL);
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
		dup2(null, STDERR_FILENO) >= 0)
		(void)execvpe("git", (char *const *)(uintptr_t)argv, environment);
	_exit(127);
}

/* Whether anything comes; more than a beginning need not be read. */
static bool says_something(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static int ask(bool *out, const char *top, const struct gm_repo *repo)
{
	gm_autofree char **environment = clean_environment();
	int ends[2];

	if (!environment)
		return GM_ENOMEM;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return gm_error_errno("cannot ask git about '%s'", gm_repo_dir(repo));
	pid_t pid = fork();
	if (!pid)
		execute(top, gm_repo_dir(repo), ends[1], environment);
	int failed = pid < 0 ? gm_error_errno("cannot start git") : 0;
	gm_close_p(&ends[1]);
	if (!failed)
		*out = says_something(ends[0]);
	gm_close_p(&ends[0]);
	while (!failed && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return failed;
}

int gm_repo_is_tracked(bool *out, const struct gm_repo *repo)
{
	gm_autofree char *top = NULL;
	int rc = find_top(&top, gm_repo_dir(repo));

	*out = false;
	return rc < 0 || !top ? rc : ask(out, top, repo);
}
