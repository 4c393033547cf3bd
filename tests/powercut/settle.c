#include "tests/powercut/settle.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/config.h"
#include "base/file.h"
#include "tests/powercut/view.h"

#define ARGUMENTS_MAX 8

int ask_program(char **out, const struct judge *judge, const char *dir,
	const char *const *arguments)
{
	const char *argv[ARGUMENTS_MAX + 4] = {"gitmem", "-C", dir};
	gm_autofree char *log = gm_path_join(dir, "program.log");
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int status = -1;

	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
		argv[3 + i] = arguments[i];
	pid_t pid = log ? fork() : -1;
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			_exit(1);
		(void)execv(judge->program, (char **)(uintptr_t)argv);
		_exit(1);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		(void)gm_file_read(&text, log);
	*out = gm_strdup(gm_buf_str(&text));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool has(struct gm_repo *repo, const char *name)
{
	gm_autofree char *path = gm_path_join(gm_repo_dir(repo), name);

	return path && gm_path_exists(path);
}

char *mark_fault(struct gm_repo *repo)
{
	gm_cleanup(gm_config_free_p) struct gm_config *config = NULL;
	gm_autofree char *path = gm_path_join(gm_repo_dir(repo), "config");

	if (!gm_store_has_segments(gm_repo_store(repo)))
		return NULL;
	if (!path || gm_config_new(&config) < 0 ||
		gm_config_add_file(config, path, NULL) < 0)
		return gm_format("settings: %s", gm_error_last()->message);
	const char *version = gm_config_get(config, "core.repositoryformatversion");
	if (!version || strcmp(version, "1") != 0 ||
		!gm_config_get(config, "extensions.gitmem"))
		return gm_format("stock git is not kept away from segments");
	return NULL;
}

/* Of the layout that does not count, nothing is left. */
static char *leftover(struct gm_repo *repo)
{
	static const char *const names[] = {"store.new", "store.old"};
	bool has_segments = gm_store_has_segments(gm_repo_store(repo));

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (has(repo, names[i]))
			return gm_format("'%s' is left", names[i]);
	if (has_segments && has(repo, "packed-refs"))
		return gm_format("'packed-refs' is left");
	return !has_segments && has(repo, "store") ? gm_format("'store' is left") : NULL;
}

static char *look(struct gm_buf *view, struct gm_repo **out, const char *gitdir)
{
	unsigned flags = VIEW_OBJECTS;

	if (gm_repo_open(out, gitdir) < 0)
		return gm_format("does not open: %s", gm_error_last()->message);
	flags = view_flags(*out, true);
	if (view_take(view, *out, flags) < 0)
		return gm_format("cannot be read: %s", gm_error_last()->message);
	return NULL;
}

/* Logs are in the view of one layout only. */
static char *compare(const char *before, const char *after)
{
	for (const char *at = before; *at; at = strchr(at, '\n') + 1) {
		gm_autofree char *line = gm_strndup(at, strcspn(at, "\n") + 1);
		if (line && strncmp(line, "log ", 4) != 0 && !strstr(after, line))
			return gm_format("lost %s", line);
	}
	return NULL;
}

/* Run one command, which may fail where what it meets is damaged, and compare. */
static char *pack_anew(const struct judge *judge, const char *dir,
	const char *const *arguments, const char *before)
{
	static const char *const fsck[] = {"fsck", NULL};
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *gitdir = gm_path_join(dir, GM_REPO_DIR);
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *told = NULL;
	gm_autofree char *found = NULL;
	int code = ask_program(&told, judge, dir, arguments);

	if (code && !(judge->may_be_damaged && code == 128))
		return gm_format("code %d: %s", code, told);
	char *fault = gitdir ? look(&view, &repo, gitdir) : gm_format("no memory");
	if (!fault)
		fault = compare(before, gm_buf_str(&view));
	if (!fault && code == 0)
		fault = leftover(repo);
	if (!fault)
		fault = mark_fault(repo);
	if (fault || judge->may_be_damaged)
		return fault;
	code = ask_program(&found, judge, dir, fsck);
	return code || (found && strstr(found, "stopped"))
		? gm_format("fsck, code %d: %s", code, found)
		: NULL;
}

char *settle_fault(const struct judge *judge, const char *dir)
{
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *gitdir = gm_path_join(dir, GM_REPO_DIR);
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *fault =
		gitdir ? look(&view, &repo, gitdir) : gm_format("no memory");
	static const char *const settle[] = {"-q", "repack", NULL};

	if (fault)
		return gm_format("before it is packed anew, it %s", fault);
	bool has_segments = gm_store_has_segments(gm_repo_store(repo));
	const char *const convert[] = {
		"-q", "repack", "--object-store", has_segments ? "git" : "zstd", NULL};
	fault = pack_anew(judge, dir, settle, gm_buf_str(&view));
	if (fault)
		return gm_format("packed anew: %s", fault);
	fault = pack_anew(judge, dir, convert, gm_buf_str(&view));
	return fault ? gm_format("converted to %s: %s", convert[3], fault) : NULL;
}

char *repair_fault(const struct judge *judge, const char *dir)
{
	static const char *const repair[] = {"fsck", "--repair", NULL};
	struct judge strict = *judge;
	gm_cleanup(gm_repo_free_p) struct gm_repo *repo = NULL;
	gm_autofree char *gitdir = gm_path_join(dir, GM_REPO_DIR);
	gm_autobuf view = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *fault =
		gitdir ? look(&view, &repo, gitdir) : gm_format("no memory");

	if (fault)
		return gm_format("before it is repaired, it %s", fault);
	strict.may_be_damaged = false;
	fault = pack_anew(&strict, dir, repair, gm_buf_str(&view));
	return fault ? gm_format("repaired: %s", fault) : NULL;
}
