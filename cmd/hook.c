#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/hook_script.h"
#include "dag/hook.h"
#include "sync/project.h"

/* After `git pull` and before `git push`. */
static const char *const carriers[] = {"post-merge", "pre-push"};
#define N_CARRIERS (sizeof(carriers) / sizeof(*carriers))

/* Those that gitmem calls itself. */
static const char *const own_hooks[] = {
	"pre-commit", "commit-msg", "post-commit", "pre-push", "post-merge"};
#define N_OWN (sizeof(own_hooks) / sizeof(*own_hooks))

/* Who asks wants our lines in, or out. */
struct install {
	struct gm_call *call;
	struct gm_project project;
	enum gm_project_hooks kind;
	struct gm_buf dir;
	struct gm_buf block;
	bool is_uninstall;
};

static void install_dispose(struct install *install)
{
	gm_project_dispose(&install->project);
	gm_buf_dispose(&install->dir);
	gm_buf_dispose(&install->block);
}

/* A hook of the project, as it stands there. */
struct carrier {
	const char *name;
	char *path;
	struct gm_buf script; /* empty: there is none */
	mode_t mode;
	bool is_there;
	bool is_link;
};

#define CARRIER_INIT                                                         \
	{                                                                    \
		.path = NULL, .script = GM_BUF_INIT(GM_BUF_TEXT), .mode = 0, \
	}

static void carrier_dispose(struct carrier *carrier)
{
	gm_free(carrier->path);
	gm_buf_dispose(&carrier->script);
}

static int read_carrier(struct carrier *out, const char *dir, const char *name)
{
	struct stat st;

	out->name = name;
	out->path = gm_path_join(dir, name);
	if (!out->path)
		return GM_ENOMEM;
	if (lstat(out->path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR
			? 0
			: gm_error_errno("cannot read '%s'", out->path);
	out->is_there = true;
	out->is_link = S_ISLNK(st.st_mode);
	int rc = gm_file_read(&out->script, out->path);
	if (rc == GM_ENOTFOUND && out->is_link)
		return 0;
	out->mode = st.st_mode & 07777;
	return rc;
}

static bool is_ours(const struct carrier *carrier)
{
	return carrier->script.size && gm_hook_has_block(gm_buf_str(&carrier->script));
}

/* "installed", "absent", or "other": somebody else's alone. */
static const char *state_of(const struct carrier *carrier)
{
	if (!carrier->is_there)
		return "absent";
	return is_ours(carrier) ? "installed" : "other";
}

static int write_script(const char *path, const struct gm_buf *script, mode_t mode)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autofree char *dir = gm_path_dir(path);
	int rc = dir ? gm_mkdirs(dir) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_tempfile_open(&temp, dir, "gitmem-", mode);
	if (rc == 0)
		rc = gm_write_all(temp.fd, script->ptr, script->size, temp.path);
	if (rc == 0)
		rc = gm_tempfile_commit(&temp, path);
	return rc < 0 ? rc : gm_fsync_dir(dir);
}

/* What people can do by themselves where we do not write. */
static int refuse(const struct install *install, const char *path, const char *why)
{
	int rc = gm_error(GM_EEXISTS, "'%s' %s", path, why);

	gm_error_hint(install->is_uninstall
			? "take the lines between '>>> gitmem' and '<<< gitmem' out by "
			  "hand"
			: "put this line into it by hand: GITMEM_DIR=%s gitmem -q sync "
			  "</dev/null",
		gm_repo_dir(install->call->repo));
	return rc;
}

static int check_obstacle(const struct install *install, const struct carrier *carrier,
	enum gm_hook_obstacle obstacle)
{
	if (obstacle == GM_HOOK_NO_SHELL)
		return refuse(install, carrier->path, "is there, and is no shell script");
	if (obstacle == GM_HOOK_TORN)
		return refuse(install, carrier->path,
			"has only a part of the lines that gitmem put there");
	return 0;
}

/* GM_EEXISTS for what is not ours to change. */
static int check_carrier(const struct install *install, const struct carrier *carrier)
{
	if (!carrier->is_there)
		return 0;
	if (carrier->is_link)
		return refuse(install, carrier->path, "is a link to another file");
	if (!(carrier->mode & 0100) && !is_ours(carrier))
		return refuse(install, carrier->path, "is there, but switched off");
	return 0;
}

/* What the script is to become; empty: it goes. */
static int plan(
	struct gm_buf *out, const struct install *install, const struct carrier *carrier)
{
	enum gm_hook_obstacle obstacle;
	int rc = 0;

	if (install->is_uninstall)
		rc = gm_hook_take_block(out, &obstacle, gm_buf_str(&carrier->script));
	else if ((rc = check_carrier(install, carrier)) == 0)
		rc = gm_hook_put_block(out, &obstacle, gm_buf_str(&carrier->script),
			gm_buf_str(&install->block));
	return rc < 0 ? rc : check_obstacle(install, carrier, obstacle);
}

static int carry_out(const struct install *install, const struct carrier *carrier,
	const struct gm_buf *script)
{
	const char *done = install->is_uninstall ? "removed from"
		: is_ours(carrier)               ? "brought up to date in"
						 : "installed in";
	int rc;

	if (script->size == carrier->script.size &&
		!strcmp(gm_buf_str(script), gm_buf_str(&carrier->script)))
		return 0;
	if (!script->size)
		rc = gm_unlink(carrier->path);
	else
		rc = write_script(
			carrier->path, script, carrier->is_there ? carrier->mode : 0777);
	if (rc == 0)
		gm_talk(install->call, "%s %s", done, carrier->path);
	return rc;
}

/* All are looked at before one is changed. */
static int install_all(const struct install *install, struct carrier *list)
{
	struct gm_buf scripts[N_CARRIERS];
	int rc = 0;

	for (size_t i = 0; i < N_CARRIERS; i++)
		scripts[i] = (struct gm_buf)GM_BUF_INIT(GM_BUF_TEXT);
	for (size_t i = 0; rc == 0 && i < N_CARRIERS; i++)
		if (list[i].is_there || !install->is_uninstall)
			rc = plan(&scripts[i], install, &list[i]);
	for (size_t i = 0; rc == 0 && i < N_CARRIERS; i++)
		if (!install->is_uninstall || is_ours(&list[i]))
			rc = carry_out(install, &list[i], &scripts[i]);
	for (size_t i = 0; i < N_CARRIERS; i++)
		gm_buf_dispose(&scripts[i]);
	return rc;
}

/* Hooks that others have, too, are not for us to change. */
static int check_folder(const struct install *install)
{
	const char *dir = gm_buf_str(&install->dir);

	if (install->is_uninstall || install->kind == GM_PROJECT_HOOKS_OWN)
		return 0;
	return refuse(install, dir,
		install->kind == GM_PROJECT_HOOKS_SHARED
			? "(core.hooksPath) holds the hooks of all projects"
			: "(core.hooksPath) is a part of the project");
}

static int begin(struct install *install, struct gm_call *call)
{
	int rc = gm_call_open(call);

	install->call = call;
	if (rc == 0)
		rc = gm_project_around(&install->project, gm_repo_dir(call->repo));
	if (rc == GM_ENOTFOUND)
		gm_error_hint("the hooks of the memory itself are files in '%s/hooks'",
			gm_repo_dir(call->repo));
	if (rc == 0)
		rc = gm_project_hooks(&install->dir, &install->kind, &install->project);
	return rc < 0 ? rc : gm_hook_block(&install->block, gm_repo_dir(call->repo));
}

static int run_install(struct gm_call *call, bool is_uninstall)
{
	gm_cleanup(install_dispose) struct install install = {.project = GM_PROJECT_INIT,
		.dir = GM_BUF_INIT(GM_BUF_PATH),
		.block = GM_BUF_INIT(GM_BUF_TEXT),
		.is_uninstall = is_uninstall};
	struct carrier list[N_CARRIERS];
	int rc = begin(&install, call);

	for (size_t i = 0; i < N_CARRIERS; i++)
		list[i] = (struct carrier)CARRIER_INIT;
	if (rc == 0)
		rc = check_folder(&install);
	for (size_t i = 0; rc == 0 && i < N_CARRIERS; i++)
		rc = read_carrier(&list[i], gm_buf_str(&install.dir), carriers[i]);
	if (rc == 0)
		rc = install_all(&install, list);
	for (size_t i = 0; i < N_CARRIERS; i++)
		carrier_dispose(&list[i]);
	return rc;
}

static int print_hook(struct gm_call *call, const char *of, const char *name,
	const char *state, const char *path)
{
	gm_autojson *object = NULL;
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
	int rc;

	if (!call->json) {
		rc = gm_put_safe(&safe, path, strlen(path));
		return rc < 0 ? rc
			      : gm_print("%-10s %-11s %-14s %s\n", of, name, state,
					gm_buf_str(&safe));
	}
	object = gm_json_object();
	rc = object ? gm_json_set_string(object, "of", of) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_string(object, "name", name);
	if (rc == 0)
		rc = gm_json_set_string(object, "state", state);
	if (rc == 0)
		rc = gm_json_set_string(object, "path", path);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int list_own(struct gm_call *call)
{
	static const char *const states[] = {[GM_HOOK_ABSENT] = "absent",
		[GM_HOOK_IGNORED] = "not executable",
		[GM_HOOK_PRESENT] = "present"};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_OWN; i++) {
		gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
		enum gm_hook_presence found = GM_HOOK_ABSENT;
		rc = gm_hook_path(&path, call->repo, own_hooks[i]);
		if (rc == 0)
			rc = gm_hook_find(&found, call->repo, own_hooks[i]);
		if (rc == 0)
			rc = print_hook(call, "repository", own_hooks[i], states[found],
				gm_buf_str(&path));
	}
	return rc;
}

static int list_project(struct gm_call *call)
{
	gm_autoproject project = GM_PROJECT_INIT;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	enum gm_project_hooks kind;
	int rc = gm_project_around(&project, gm_repo_dir(call->repo));

	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_project_hooks(&dir, &kind, &project);
	for (size_t i = 0; rc == 0 && i < N_CARRIERS; i++) {
		gm_cleanup(carrier_dispose) struct carrier carrier = CARRIER_INIT;
		rc = read_carrier(&carrier, gm_buf_str(&dir), carriers[i]);
		if (rc == 0)
			rc = print_hook(call, "project", carriers[i], state_of(&carrier),
				carrier.path);
	}
	return rc;
}

static int run_list(struct gm_call *call)
{
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = list_own(call);
	return rc < 0 ? rc : list_project(call);
}

int gm_cmd_hook(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"hook install [--uninstall]", "hook list", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool uninstall = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "uninstall", &uninstall, NULL,
			"take out of the project's hooks what was put there", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "hook",
		.synopsis = synopsis,
		.summary = "Let memory travel along with the surrounding project.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
		.verbs = "install|list",
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, 1);
	if (rc < 0)
		return rc;
	if (!strcmp(args.rest[0], "install"))
		return run_install(call, uninstall);
	if (strcmp(args.rest[0], "list") != 0)
		return gm_error(
			GM_EUSAGE, "'%s' is none of install and list", args.rest[0]);
	return uninstall ? gm_error(GM_EUSAGE, "'hook list' knows no --uninstall")
			 : run_list(call);
}
