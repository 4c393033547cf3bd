#include <stdlib.h>
#include <string.h>

#include "cmd/blame_output.h"
#include "cmd/commands.h"
#include "cmd/memory.h"
#include "dag/tree.h"

/* Where the memory is looked for: a revision, or the head with what is staged. */
struct place {
	struct gm_head head;
	struct gm_stage *stage;
	struct gm_oid commit; /* zero: the branch has none yet */
	struct gm_view view;
};

static void place_dispose(struct place *place)
{
	gm_view_dispose(&place->view);
	gm_stage_free(place->stage);
	gm_head_dispose(&place->head);
}

static int place_at(struct place *place, struct gm_call *call, const char *at)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_revision_commit(&place->commit, call->repo, at, call->branch);

	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(call->repo), &place->commit);
	if (rc == 0)
		place->view.tree = commit.tree;
	return rc;
}

static int place_at_head(struct place *place, struct gm_call *call)
{
	int rc = gm_call_head_and_stage(&place->head, &place->stage, call);

	if (rc < 0)
		return rc;
	place->view.tree = place->head.tree;
	place->view.stage = place->stage;
	if (place->head.exists)
		place->commit = place->head.commit;
	return 0;
}

/* 1 when there is a file that is no memory, by its path. */
static int is_file(const struct place *place, const char *path)
{
	const struct gm_change *change =
		place->stage ? gm_stage_find(place->stage, path) : NULL;
	struct gm_oid oid;
	unsigned mode;

	if (change)
		return !gm_oid_is_zero(&change->blob);
	int rc = gm_tree_lookup(&oid, &mode, gm_repo_store(place->view.call->repo),
		&place->view.tree, path);
	if (rc == GM_ENOTFOUND || rc == GM_EINVALID)
		return 0;
	return rc < 0 ? rc : (mode & GM_MODE_TYPE) != GM_MODE_TREE;
}

static int find_path(char **out, struct place *place, const char *name)
{
	int rc = gm_memory_locate(out, &place->view, name);
	struct gm_error why = {.code = GM_OK};

	if (rc != GM_ENOTFOUND && rc != GM_EINVALID)
		return rc;
	why = *gm_error_last();
	rc = is_file(place, name);
	if (rc > 0) {
		*out = gm_strdup(name);
		return *out ? 0 : GM_ENOMEM;
	}
	if (rc < 0)
		return rc;
	rc = gm_error(why.code, "%s", why.message);
	if (why.code == GM_ENOTFOUND && place->view.stage)
		gm_error_hint("one that was removed is found by --at REVISION");
	return rc;
}

static int run(struct gm_call *call, const char *at, const char *name)
{
	gm_cleanup(place_dispose) struct place place = {
		.head = GM_HEAD_INIT, .stage = NULL, .view = GM_VIEW_INIT(call)};
	gm_autoblame blame = GM_BLAME_INIT;
	gm_autofree char *path = NULL;
	int rc = gm_call_open(call);

	if (!at)
		at = getenv("GITMEM_AT");
	if (rc == 0)
		rc = at && *at ? place_at(&place, call, at) : place_at_head(&place, call);
	if (rc == 0)
		rc = find_path(&path, &place, name);
	if (rc < 0)
		return rc;
	const struct gm_blame_request request = {place.commit, path, place.view.stage};
	rc = gm_blame_file(&blame, gm_repo_store(call->repo), &request);
	if (rc == 0)
		rc = gm_call_page(call);
	return rc < 0 ? rc : gm_print_blame(call, &blame);
}

/* `blame ID`, `blame REV ID`, `blame REV -- ID`. */
static int take_args(
	const char **at, const char **name, const struct gm_options_result *args)
{
	bool dashes = args->n_before_dashes < args->n_rest;
	int rc = gm_command_expect_args(args, 1, 2);

	if (rc < 0)
		return rc;
	if (args->n_rest == 2 && *at)
		return gm_error(GM_EUSAGE, "unexpected argument '%s'", args->rest[0]);
	if (dashes && args->n_before_dashes + 1 != args->n_rest)
		return gm_error(GM_EUSAGE, "unexpected argument '%s'", args->rest[1]);
	if (args->n_rest == 2)
		*at = args->rest[0];
	*name = args->rest[args->n_rest - 1];
	return 0;
}

int gm_cmd_blame(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"blame [--at <revision>] <memory>",
		"blame <revision> [--] <memory>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	const char *at = NULL;
	const char *name = NULL;
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 0, "at", &at, "REV", "as of this revision", NULL,
			GM_COMPLETE_REVISION},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "blame",
		.synopsis = synopsis,
		.summary = "Tell which commit gave each field and line of a memory.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};
	int rc = gm_command_parse(&args, call, &usage, argc, argv);

	if (rc == 0)
		rc = take_args(&at, &name, &args);
	return rc ? rc : run(call, at, name);
}
