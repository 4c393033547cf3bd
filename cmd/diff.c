#include <string.h>

#include "cmd/commands.h"
#include "cmd/commit_text.h"
#include "cmd/deltas.h"
#include "cmd/names.h"
#include "cmd/quote.h"
#include "cmd/revision_hint.h"
#include "cmd/text.h"
#include "dag/range.h"
#include "dag/walk.h"

struct diff_options {
	bool stat;
	bool name_only;
	bool patch;
	bool exit_code;
};

struct diff {
	struct gm_call *call;
	struct diff_options options;
	struct gm_oid old_tree;
	struct gm_oid new_tree;
	struct gm_stage
		*stage; /* when not NULL: its changes of `old_tree` are the new side */
	struct gm_names names;
	struct gm_error why; /* why the first name is no revision; GM_OK: nobody asked */
	struct gm_record_deltas deltas;
	bool terminal;
};

static void diff_dispose(struct diff *diff)
{
	gm_stage_free(diff->stage);
	gm_names_dispose(&diff->names);
	gm_record_deltas_dispose(&diff->deltas);
}

static int read_tree(struct gm_oid *out, struct diff *diff, const char *text)
{
	return gm_revision_tree(out, diff->call->repo, text, diff->call->branch);
}

/* The tree of the best common ancestor; nothing is the ancestor of unrelated histories. */
static int read_base_tree(
	struct gm_oid *out, struct diff *diff, const struct gm_range *range)
{
	struct gm_store *store = gm_repo_store(diff->call->repo);
	gm_autocommit base = GM_COMMIT_INIT;
	struct gm_oid a, b, found;
	int rc =
		gm_revision_commit(&a, diff->call->repo, range->left, diff->call->branch);

	if (rc == 0)
		rc = gm_revision_commit(
			&b, diff->call->repo, range->right, diff->call->branch);
	if (rc == 0)
		rc = gm_merge_bases(&found, 1, store, &a, &b);
	if (rc == 0)
		return gm_error(GM_ENOTFOUND, "'%s' and '%s' have no common history",
			range->left, range->right);
	if (rc > 0)
		rc = gm_commit_read(&base, store, &found);
	if (rc == 0)
		*out = base.tree;
	return rc;
}

static int set_range(struct diff *diff, const struct gm_range *range)
{
	int rc = range->symmetric ? read_base_tree(&diff->old_tree, diff, range)
				  : read_tree(&diff->old_tree, diff, range->left);

	return rc < 0 ? rc : read_tree(&diff->new_tree, diff, range->right);
}

/* What is staged against the head. */
static int set_stage(struct diff *diff)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head_and_stage(&head, &diff->stage, diff->call);

	if (rc < 0)
		return rc;
	diff->old_tree = head.tree;
	diff->new_tree = head.tree;
	return 0;
}

/* Whether what was taken for a revision is none, and may be a memory. */
static bool is_no_revision(int rc)
{
	return rc == GM_ENOTFOUND || rc == GM_EINVALID;
}

/* A branch without a commit has no HEAD to compare with. */
static int check_born(struct diff *diff, const char *text)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = strcmp(text, "HEAD") && strcmp(text, "@")
		? 0
		: gm_call_head(&head, diff->call);

	if (rc < 0 || !head.ref || head.exists)
		return rc;
	return gm_error(GM_ENOTFOUND, "branch '%s' has no commit yet",
		head.branch ? head.branch : head.ref);
}

/* The sides from the first arguments; `*n_out` is how many of them were revisions. */
static int set_sides(
	size_t *n_out, struct diff *diff, const struct gm_options_result *args)
{
	gm_autorange range = GM_RANGE_INIT;
	bool dashes = args->n_before_dashes < args->n_rest;
	size_t n = args->n_before_dashes;

	*n_out = 0;
	if (!n)
		return set_stage(diff);
	int rc = gm_range_split(&range, args->rest[0]);
	if (rc < 0)
		return rc;
	*n_out = 1;
	if (rc > 0)
		return set_range(diff, &range);
	rc = read_tree(&diff->old_tree, diff, args->rest[0]);
	if (is_no_revision(rc) && !dashes) {
		*n_out = 0;
		diff->why = *gm_error_last();
		rc = check_born(diff, args->rest[0]);
		return rc < 0 ? rc : set_stage(diff);
	}
	if (rc == 0)
		rc = n > 1 ? read_tree(&diff->new_tree, diff, args->rest[1])
			   : GM_ENOTFOUND;
	if (rc == 0)
		*n_out = 2;
	else if (is_no_revision(rc) && (n == 1 || !dashes)) {
		if (n > 1)
			diff->why = *gm_error_last();
		rc = read_tree(&diff->new_tree, diff, "HEAD");
	}
	return rc;
}

static int no_revision_or_memory(const char *name, const struct gm_error *why)
{
	bool tells = why->code != GM_OK && gm_is_only_revision(name);
	int rc = tells ? gm_error(why->code, "%s", why->message)
		       : gm_error(GM_ENOTFOUND, "no revision or memory '%s'", name);

	gm_error_unknown(tells ? why->unknown : name);
	return rc;
}

/* A name is looked up on the new side, then on the old one. */
static int add_name(struct diff *diff, struct gm_view *new_view, struct gm_view *old_view,
	const char *name)
{
	diff->names.unknown = NULL;
	int rc = gm_names_add(&diff->names, new_view, name);
	if (rc < 0 || !diff->names.unknown)
		return rc;
	diff->names.unknown = NULL;
	rc = gm_names_add(&diff->names, old_view, name);
	return rc < 0 || !diff->names.unknown ? rc
					      : no_revision_or_memory(name, &diff->why);
}

static int add_names(
	struct diff *diff, const struct gm_options_result *args, size_t first)
{
	gm_autoview old_view = GM_VIEW_INIT(diff->call);
	gm_autoview new_view = GM_VIEW_INIT(diff->call);
	int rc = 0;

	if (first < args->n_before_dashes && args->n_before_dashes < args->n_rest)
		return gm_error(GM_EUSAGE, "unexpected argument '%s'", args->rest[first]);
	old_view.tree = diff->old_tree;
	new_view.tree = diff->new_tree;
	new_view.stage = diff->stage;
	for (size_t i = first; rc == 0 && i < args->n_rest; i++) {
		rc = add_name(diff, &new_view, &old_view, args->rest[i]);
		diff->why.code = GM_OK;
	}
	return rc;
}

/* Keep the deltas that are meant, in order. */
static void limit_deltas(struct diff *diff)
{
	struct gm_record_deltas *deltas = &diff->deltas;
	size_t n = 0;

	for (size_t i = 0; i < deltas->n; i++) {
		struct gm_record_delta delta = deltas->items[i];
		if (!gm_names_match(&diff->names, delta.path) &&
			!(delta.old_path && gm_names_match(&diff->names, delta.old_path)))
			continue;
		deltas->items[i] = deltas->items[n];
		deltas->items[n++] = delta;
	}
	for (size_t i = n; i < deltas->n; i++) {
		gm_free(deltas->items[i].path);
		gm_free(deltas->items[i].old_path);
	}
	deltas->n = n;
}

static int find_deltas(struct diff *diff)
{
	struct gm_store *store = gm_repo_store(diff->call->repo);
	int rc = diff->stage
		? gm_record_diff_stage(&diff->deltas, store, &diff->old_tree, diff->stage)
		: gm_record_diff(&diff->deltas, store, &diff->old_tree, &diff->new_tree);

	if (rc == 0 && diff->names.paths.n)
		limit_deltas(diff);
	return rc;
}

static int print_patch(struct diff *diff)
{
	gm_autofree struct gm_record_delta *files = NULL;
	size_t n = 0;
	int rc = gm_deltas_split_moves(&files, &n, &diff->deltas);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		gm_autobuf patch = GM_BUF_INIT(GM_BUF_LARGE);
		rc = gm_put_delta_patch(
			&patch, diff->call, &files[i], diff->stage, diff->terminal);
		if (rc == 0)
			rc = gm_print_bytes(patch.ptr, patch.size);
	}
	return rc;
}

/* Each path once, in order, as git prints them when it looks for no renames. */
static int print_names(struct diff *diff)
{
	gm_autostrv paths = GM_STRV_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < diff->deltas.n; i++) {
		const struct gm_record_delta *delta = &diff->deltas.items[i];
		rc = gm_strv_add(&paths, delta->path);
		if (rc == 0 && delta->old_path)
			rc = gm_strv_add(&paths, delta->old_path);
	}
	gm_strv_make_set(&paths);
	for (size_t i = 0; rc == 0 && i < paths.n; i++) {
		rc = gm_put_path(&text, "", paths.items[i]);
		if (rc == 0)
			rc = gm_buf_putc(&text, '\n');
	}
	return rc < 0 ? rc : gm_print_bytes(text.ptr, text.size);
}

static int print_stat(struct diff *diff)
{
	gm_autobuf stat = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_put_stat(&stat, &diff->deltas, diff->call->colored);

	return rc < 0 ? rc : gm_print_bytes(stat.ptr, stat.size);
}

static int print_json(struct diff *diff, const struct gm_record_delta *delta)
{
	gm_autosides sides = GM_DELTA_SIDES_INIT;
	json_t *json = NULL;
	int rc = gm_delta_sides_read(&sides, diff->call->repo, diff->stage, delta);

	if (rc == 0)
		rc = gm_delta_diff_json(&json, delta, &sides);
	return rc < 0 ? rc : gm_print_json(json);
}

static int print_all(struct diff *diff)
{
	int rc = 0;

	if (!diff->call->json && diff->options.name_only)
		return print_names(diff);
	if (diff->call->json || !diff->options.patch)
		rc = gm_call_find_reworded(diff->call, &diff->deltas, diff->stage);
	if (rc == 0 && !diff->call->json && diff->options.stat)
		return print_stat(diff);
	if (rc == 0 && !diff->call->json)
		return diff->options.patch
			? print_patch(diff)
			: gm_print_deltas(diff->call, &diff->deltas, diff->stage, false);
	for (size_t i = 0; rc == 0 && i < diff->deltas.n; i++)
		rc = print_json(diff, &diff->deltas.items[i]);
	return rc;
}

static int run(struct diff *diff, const struct gm_options_result *args)
{
	size_t n_revisions = 0;
	int rc = gm_call_open(diff->call);

	if (diff->options.stat + diff->options.name_only + diff->options.patch > 1)
		return gm_error(GM_EUSAGE,
			"only one of --stat, --name-only and --patch can be shown");
	if (rc == 0)
		rc = set_sides(&n_revisions, diff, args);
	if (rc == 0)
		rc = add_names(diff, args, n_revisions);
	if (rc == 0)
		rc = find_deltas(diff);
	diff->terminal = gm_output_is_terminal();
	if (rc == 0)
		rc = gm_call_page(diff->call);
	if (rc == 0)
		rc = print_all(diff);
	if (rc == 0 && diff->options.exit_code && diff->deltas.n)
		rc = gm_error(GM_ENO, "%s", "");
	return rc;
}

int gm_cmd_diff(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"diff [<options>] [-- <memory>...]",
		"diff [<options>] <revision> [<revision>] [-- <memory>...]",
		"diff [<options>] <revision>..<revision> [-- <memory>...]",
		"diff [<options>] <revision>...<revision> [-- <memory>...]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(diff_dispose) struct diff diff = {.call = call,
		.names = GM_NAMES_INIT,
		.why = {.code = GM_OK},
		.deltas = GM_RECORD_DELTAS_INIT};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "stat", &diff.options.stat, NULL,
			"name and count the memories only", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "name-only", &diff.options.name_only, NULL,
			"print the paths only", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'p', "patch", &diff.options.patch, NULL,
			"print a patch that 'git apply' takes", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "exit-code", &diff.options.exit_code, NULL,
			"exit with 1 when there are differences", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "diff",
		.synopsis = synopsis,
		.summary = "Show what changed, record by record.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};
	int rc = gm_command_parse(&args, call, &usage, argc, argv);

	return rc ? rc : run(&diff, &args);
}
