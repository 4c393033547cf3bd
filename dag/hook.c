#include "dag/hook.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "dag/tracked.h"

/* The shell that runs a script without a first line of its own, as execvp(3) does. */
#define SHELL "/bin/sh"

/* How often it is told that one runs. */
#define BEAT_MS 1000

/* For one commit a hook is shown another stage: that is for its own commands only. */
static const char *const withheld[] = {
	"GITMEM_DIR=", "GITMEM_STAGE_FILE=", "GITMEM_TOKEN="};

struct hook {
	const char *name;
	struct gm_buf path; /* absolute */
	struct gm_buf dir;  /* where it runs */
	struct gm_strv environment;
	struct gm_strv args; /* the path first */
	int input;           /* a file; -1: none */
};

static void hook_dispose(struct hook *hook)
{
	gm_buf_dispose(&hook->path);
	gm_buf_dispose(&hook->dir);
	gm_strv_dispose(&hook->environment);
	gm_strv_dispose(&hook->args);
	gm_close_p(&hook->input);
}

/* Append the folder in which hooks run. */
static int put_dir(struct gm_buf *out, struct gm_repo *repo)
{
	const char *gitdir = gm_repo_dir(repo);
	const char *slash = strrchr(gitdir, '/');

	if (!slash || strcmp(slash + 1, GM_REPO_DIR) != 0)
		return gm_buf_puts(out, gitdir);
	return gm_buf_put(out, gitdir, slash > gitdir ? (size_t)(slash - gitdir) : 1);
}

/* Append the folder of the hooks. */
static int put_hooks(struct gm_buf *out, struct gm_repo *repo)
{
	const char *path = gm_config_get(gm_repo_config(repo), "core.hooksPath");
	const char *home = getenv("HOME");

	if (!path || !*path)
		return gm_repo_path(out, repo, "hooks");
	if (*path == '/')
		return gm_buf_puts(out, path);
	if (!strncmp(path, "~/", 2) && home && *home)
		return gm_buf_printf(out, "%s%s", home, path + 1);
	int rc = put_dir(out, repo);
	return rc < 0 ? rc : gm_buf_printf(out, "/%s", path);
}

int gm_hook_path(struct gm_buf *out, struct gm_repo *repo, const char *name)
{
	int rc = put_hooks(out, repo);

	return rc < 0 ? rc : gm_buf_printf(out, "/%s", name);
}

static enum gm_hook_presence look(const char *path)
{
	if (access(path, X_OK) == 0)
		return gm_is_dir(path) ? GM_HOOK_ABSENT : GM_HOOK_PRESENT;
	return errno == EACCES && access(path, F_OK) == 0 ? GM_HOOK_IGNORED
							  : GM_HOOK_ABSENT;
}

int gm_hook_find(enum gm_hook_presence *out, struct gm_repo *repo, const char *name)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_hook_path(&path, repo, name);

	if (rc == 0)
		*out = look(gm_buf_str(&path));
	return rc;
}

static bool is_withheld(const char *variable, const char *const *added)
{
	size_t size = strcspn(variable, "=") + 1;

	if (!strncmp(variable, "GIT_", 4))
		return true;
	for (; added && *added; added++)
		if (!strncmp(variable, *added, size))
			return true;
	for (size_t i = 0; i < sizeof(withheld) / sizeof(*withheld); i++)
		if (!strncmp(variable, withheld[i], strlen(withheld[i])))
			return true;
	return false;
}

static int fill_environment(
	struct hook *hook, struct gm_repo *repo, const char *const *variables)
{
	gm_autofree char *dir = gm_format("GITMEM_DIR=%s", gm_repo_dir(repo));
	int rc = dir ? gm_strv_add(&hook->environment, dir) : GM_ENOMEM;

	for (char **variable = environ; rc == 0 && variable && *variable; variable++)
		if (!is_withheld(*variable, variables))
			rc = gm_strv_add(&hook->environment, *variable);
	for (; rc == 0 && variables && *variables; variables++)
		rc = gm_strv_add(&hook->environment, *variables);
	return rc;
}

/* In a file and not in a pipe: a hook need not read it, and nobody has to wait for it. */
static int fill_input(struct hook *hook, const struct gm_buf *input)
{
	if (!input)
		return 0;
	hook->input = memfd_create("hook", MFD_CLOEXEC);
	if (hook->input < 0)
		return gm_error_errno("cannot run the hook '%s'", hook->name);
	int rc = gm_write_all(hook->input, input->ptr, input->size, hook->name);
	if (rc == 0 && lseek(hook->input, 0, SEEK_SET) < 0)
		return gm_error_errno("cannot run the hook '%s'", hook->name);
	return rc;
}

static int prepare(
	struct hook *hook, struct gm_repo *repo, const struct gm_hook_options *options)
{
	const char *const *args = options->args;
	int rc = put_dir(&hook->dir, repo);

	if (rc == 0)
		rc = gm_strv_add(&hook->args, gm_buf_str(&hook->path));
	for (; rc == 0 && args && *args; args++)
		rc = gm_strv_add(&hook->args, *args);
	if (rc == 0)
		rc = fill_environment(hook, repo, options->variables);
	return rc < 0 ? rc : fill_input(hook, options->input);
}

/* The list with a NULL at its end, for exec(3); lent. */
static char **terminated(const struct gm_strv *list)
{
	char **all = gm_calloc(list->n + 1, sizeof(*all));

	if (all && list->n)
		memcpy(all, list->items, list->n * sizeof(*all));
	return all;
}

/* A program of ours may work under a limit that it needs and the hook may be too large for. */
static void lift_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_DATA, &limit);
	}
}

/* In the child. `argv` has room for the shell before it. */
_Noreturn static void execute(const struct hook *hook, char **argv, char **environment)
{
	int input = hook->input >= 0 ? hook->input : open("/dev/null", O_RDONLY);

	(void)signal(SIGPIPE, SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	lift_limit();
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
		dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
		chdir(gm_buf_str(&hook->dir)) == 0) {
		(void)execve(argv[1], argv + 1, environment);
		if (errno == ENOEXEC)
			(void)execve(SHELL, argv, environment);
	}
	(void)dprintf(STDERR_FILENO, "the hook '%s' cannot be run: %s\n", hook->name,
		strerror(errno));
	_exit(127);
}

/* Tell the caller that it still runs; without the means to wait so long nothing is told. */
static void beat_until_it_ends(pid_t pid, const struct gm_hook_options *options)
{
	gm_autoclose int fd = options->beat ? pidfd_open(pid, 0) : -1;
	struct pollfd end = {.fd = fd, .events = POLLIN};

	while (fd >= 0 && poll(&end, 1, BEAT_MS) == 0)
		options->beat(options->payload);
}

/* A signal that comes to us alone is for the hook as well. */
static int wait_for(
	pid_t pid, const struct hook *hook, const struct gm_hook_options *options)
{
	int status;

	beat_until_it_ends(pid, options);
	if (gm_interrupted() < 0)
		(void)kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return gm_error_errno(
				"cannot wait for the hook '%s'", hook->name);
		if (gm_interrupted() < 0)
			(void)kill(pid, SIGTERM);
	}
	if (gm_interrupted() < 0)
		return GM_EINTERRUPTED;
	if (WIFSIGNALED(status))
		return gm_error(GM_ENO, "the hook '%s' was ended by signal %d",
			hook->name, WTERMSIG(status));
	if (WEXITSTATUS(status))
		return gm_error(GM_ENO, "the hook '%s' says no (it ended with %d)",
			hook->name, WEXITSTATUS(status));
	return 0;
}

static int run(const struct hook *hook, const struct gm_hook_options *options)
{
	gm_autofree char **environment = terminated(&hook->environment);
	gm_autofree char **args = terminated(&hook->args);
	gm_autofree char **argv = gm_calloc(hook->args.n + 2, sizeof(*argv));

	if (!environment || !args || !argv)
		return GM_ENOMEM;
	argv[0] = (char *)(uintptr_t)SHELL;
	memcpy(argv + 1, args, hook->args.n * sizeof(*argv));
	pid_t pid = fork();
	if (pid < 0)
		return gm_error_errno("cannot run the hook '%s'", hook->name);
	if (!pid)
		execute(hook, argv, environment);
	return wait_for(pid, hook, options);
}

/* A program that came with a project, and that nobody here put there, is never run. */
static int check_own(struct gm_repo *repo, const char *name)
{
	bool is_tracked;
	int rc = gm_repo_is_tracked(&is_tracked, repo);

	if (rc == 0 && is_tracked)
		rc = gm_error(GM_EACCESS,
			"the hook '%s' is not run: '%s' is a part of the project around "
			"it, as git checked it out",
			name, gm_repo_dir(repo));
	return rc;
}

int gm_hook_run_with(
	struct gm_repo *repo, const char *name, const struct gm_hook_options *options)
{
	gm_cleanup(hook_dispose) struct hook hook = {.name = name,
		.path = GM_BUF_INIT(GM_BUF_PATH),
		.dir = GM_BUF_INIT(GM_BUF_PATH),
		.environment = GM_STRV_INIT,
		.args = GM_STRV_INIT,
		.input = -1};
	int rc = gm_hook_path(&hook.path, repo, name);

	if (rc < 0 || look(gm_buf_str(&hook.path)) != GM_HOOK_PRESENT)
		return rc;
	rc = check_own(repo, name);
	if (rc == 0)
		rc = prepare(&hook, repo, options);
	return rc < 0 ? rc : run(&hook, options);
}

int gm_hook_run(struct gm_repo *repo, const char *name, const char *const *args,
	const struct gm_buf *input)
{
	const struct gm_hook_options options = {.args = args, .input = input};

	return gm_hook_run_with(repo, name, &options);
}
