#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/init_readme.h"
#include "cmd/layout.h"

/* The folder of the repository: $GITMEM_DIR, else `.gitmem` in the folder that was named. */
static int choose_dir(struct gm_buf *out, const struct gm_options_result *args)
{
	const char *given = getenv("GITMEM_DIR");

	if (!args->n_rest && given && *given)
		return gm_buf_puts(out, given);
	if (args->n_rest && !*args->rest[0])
		return gm_error(GM_EUSAGE, "the name of the folder is empty");
	return gm_buf_printf(
		out, "%s/%s", args->n_rest ? args->rest[0] : ".", GM_REPO_DIR);
}

/* What was asked for; NULL stands for what was not. */
struct request {
	const char *branch;
	const char *layout;
	bool readme;
};

/* A repository keeps its layout: asking for another one is refused, as git does. */
static int choose_layout(enum gm_layout *out, const char *dir, const char *wanted)
{
	enum gm_layout found;

	*out = GM_LAYOUT_SEGMENTS;
	if (!wanted)
		return gm_layout_default(out);
	(void)gm_layout_find(out, wanted);
	int rc = gm_repo_layout(&found, dir);
	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	if (found == *out)
		return 0;
	(void)gm_error(GM_EEXISTS,
		"the repository in '%s' is there already, in the layout '%s'", dir,
		gm_layout_name(found));
	gm_error_hint("'gitmem repack --object-store %s' converts it", wanted);
	return GM_EEXISTS;
}

static int make(struct gm_call *call, bool *created_out, const char *dir,
	const struct request *request)
{
	const char *branch = request->branch;
	enum gm_layout layout;
	int rc = choose_layout(&layout, dir, request->layout);

	if (rc == 0)
		rc = gm_repo_init(created_out, dir, branch ? branch : "main", layout);
	if (rc == 0)
		rc = gm_repo_open(&call->repo, dir);
	if (rc == 0 && branch && !*created_out)
		gm_warn("the repository exists already: '-b %s' is ignored", branch);
	return rc < 0 || !request->readme ? rc : gm_commit_readme(call);
}

static int tell(struct gm_call *call, bool created)
{
	const char *dir = gm_repo_dir(call->repo);
	gm_autohead head = GM_HEAD_INIT;

	if (!call->json) {
		gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
		int rc = gm_put_safe(&safe, dir, strlen(dir));
		if (rc < 0 || call->quiet)
			return rc;
		return gm_print("%s gitmem repository in %s\n",
			created ? "Initialized empty" : "Reinitialized existing",
			gm_buf_str(&safe));
	}
	gm_autojson *object = gm_json_object();
	int rc = object ? gm_head_read(&head, call->repo, NULL) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_string(object, "path", dir);
	if (rc == 0)
		rc = gm_json_set_bool(object, "created", created);
	if (rc == 0)
		rc = gm_json_set_string(object, "branch", head.branch);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

int gm_cmd_init(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"init [-b <name>] [--object-store <layout>] [--readme] [<dir>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	struct request request = {.branch = NULL};
	bool created;
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 'b', "initial-branch", &request.branch, "NAME",
			"the name of the first branch; \"main\" when not given", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "object-store", &request.layout, "LAYOUT",
			"how all of it lies on disk: compact segments, or Git's own way",
			GM_LAYOUT_CHOICES, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "readme", &request.readme, NULL,
			"commit a README.md and .gitattributes for people with stock git",
			NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "init",
		.synopsis = synopsis,
		.summary =
			"Make a repository; one that is there already is left as it is.",
		.options = table,
		.arguments = GM_COMPLETE_DIR,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 1);
	if (rc == 0)
		rc = choose_dir(&dir, &args);
	if (rc == 0)
		rc = make(call, &created, gm_buf_str(&dir), &request);
	return rc < 0 ? rc : tell(call, created);
}
