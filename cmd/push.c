#include <string.h>

#include "cmd/branch_upstream.h"
#include "cmd/commands.h"
#include "cmd/push_list.h"
#include "cmd/push_print.h"
#include "cmd/push_rounds.h"
#include "dag/tree.h"
#include "sync/process.h"

#define HEADS "refs/heads/"

struct push_options {
	bool set_upstream;
	bool all;
	bool tags;
	bool drop;
	bool dry_run;
	bool no_verify;
	bool atomic;
};

struct push {
	struct gm_call *call;
	const struct push_options *options;
	const char *const *refspecs;
	size_t n_refspecs;
	struct gm_remote remote;
	struct gm_sync *sync;
	struct gm_push_list list;
	struct gm_push_told told;
	bool is_first; /* nothing of the remote is known yet */
};

static void push_dispose(struct push *push)
{
	gm_push_told_dispose(&push->told);
	gm_push_list_dispose(&push->list);
	gm_sync_free(push->sync);
	gm_remote_dispose(&push->remote);
}

static bool is_plain(const struct push *push)
{
	return !push->n_refspecs && !push->options->all && !push->options->tags;
}

static int check(const struct gm_options_result *args, const struct push_options *options)
{
	bool has_refspecs = args->n_rest > 1;

	if (options->drop && (options->all || options->tags || options->set_upstream))
		return gm_error(GM_EUSAGE, "--delete goes with no --all, --tags or -u");
	if (options->drop && !has_refspecs)
		return gm_error(GM_EUSAGE, "say what is to be deleted, and where");
	if (options->all && has_refspecs)
		return gm_error(GM_EUSAGE, "--all goes with no refs");
	return 0;
}

static int read_remote(struct push *push, const char *name)
{
	gm_autobuf found = GM_BUF_INIT(GM_BUF_PATH);
	gm_autohead head = GM_HEAD_INIT;
	int rc = 0;

	if (!name) {
		rc = gm_call_head(&head, push->call);
		if (rc < 0)
			return rc;
		rc = gm_remote_to_push_to(&found, push->call->repo, head.branch);
		if (rc == GM_ENOTFOUND)
			gm_error_hint("'gitmem remote add origin URL' names one; or say "
				      "where to: 'gitmem push URL'");
		name = gm_buf_str(&found);
	}
	return rc < 0 ? rc : gm_remote_read(&push->remote, push->call->repo, name);
}

/* The names of what is to be deleted are looked up where it is. */
static int list_removals(struct push *push)
{
	gm_autoremoterefs refs = GM_REMOTE_REFS_INIT;
	bool has_any = push->options->drop;
	int rc = 0;

	for (size_t i = 0; i < push->n_refspecs; i++)
		has_any = has_any || push->refspecs[i][0] == ':';
	if (has_any)
		rc = gm_sync_ls_refs(&refs, push->sync, &push->remote, true);
	for (size_t i = 0; rc == 0 && i < push->n_refspecs; i++) {
		const char *name = push->refspecs[i];
		if (*name == ':' || push->options->drop)
			rc = gm_push_list_delete(&push->list, &push->remote, &refs,
				*name == ':' ? name + 1 : name);
	}
	return rc;
}

static int list(struct push *push)
{
	int rc = list_removals(push);

	for (size_t i = 0; rc == 0 && !push->options->drop && i < push->n_refspecs; i++)
		if (push->refspecs[i][0] != ':')
			rc = gm_push_list_refspec(&push->list, push->call, &push->remote,
				push->refspecs[i]);
	if (rc == 0 && push->options->all)
		rc = gm_push_list_all(&push->list, push->call, &push->remote, HEADS);
	if (rc == 0 && push->options->tags)
		rc = gm_push_list_all(
			&push->list, push->call, &push->remote, "refs/tags/");
	if (rc == 0 && is_plain(push))
		rc = gm_push_list_branch(&push->list, push->call, &push->remote);
	return rc;
}

static int stop_at_first(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	(void)oid;
	(void)payload;
	return 1;
}

static int find_out_whether_first(struct push *push)
{
	gm_autofree char *prefix = gm_format("refs/remotes/%s/", push->remote.name);

	if (!prefix)
		return GM_ENOMEM;
	int rc =
		gm_refs_each(gm_repo_refs(push->call->repo), prefix, stop_at_first, NULL);
	push->is_first = rc == 0;
	return rc < 0 ? rc : 0;
}

/* Whether the branch is to follow the one it was pushed to, though nobody asked for it. */
static bool follows_by_itself(const struct push *push, const char *branch)
{
	gm_autofree char *key = gm_format("branch.%s.remote", branch);

	return is_plain(push) && key &&
		!gm_config_get(gm_repo_config(push->call->repo), key);
}

/* A branch whose own name it has there, or that -u was said of, follows it from now on. */
static int set_upstream(struct push *push, const struct gm_pushed_ref *ref)
{
	const char *branch = ref->local && !strncmp(ref->local, HEADS, strlen(HEADS))
		? ref->local + strlen(HEADS)
		: NULL;

	if (!branch || !ref->tracking_ref ||
		(!push->options->set_upstream && !follows_by_itself(push, branch)))
		return 0;
	int rc = gm_upstream_set(push->call->repo, branch, ref->tracking_ref);
	if (rc == 0 && !push->call->json)
		gm_talk(push->call, "branch '%s' set up to track '%s'.", branch,
			gm_upstream_name(ref->tracking_ref));
	return rc;
}

static int set_upstreams(struct push *push, const struct gm_push_result *result)
{
	int rc = 0;

	if (push->options->dry_run || !push->remote.name)
		return 0;
	for (size_t i = 0; rc == 0 && i < result->n; i++)
		rc = set_upstream(push, &result->refs[i]);
	return rc;
}

/* People who find only memories at the remote are helped by a few words; not where none look. */
static void hint_readme(const struct push *push, const struct gm_pushed_ref *ref)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	struct gm_store *store = gm_repo_store(push->call->repo);
	struct gm_oid oid;
	unsigned mode;

	if (ref->kind != GM_PUSHED_NEW || !push->is_first || push->options->dry_run ||
		push->remote.is_attached || push->call->json ||
		gm_commit_read(&commit, store, &ref->new_oid) < 0)
		return;
	if (gm_tree_lookup(&oid, &mode, store, &commit.tree, "README.md") == GM_ENOTFOUND)
		gm_talk(push->call,
			"hint: 'gitmem init --readme' adds a README for people who come "
			"across it with stock git");
	gm_error_clear();
}

/* Tell what was done before it failed, and keep to the failure. */
static int tell_failed(struct push *push, const struct gm_push_result *result, int rc)
{
	const struct gm_error failure = *gm_error_last();

	if (result->n)
		(void)gm_push_tell(&push->told, result); /* the failure counts */
	(void)gm_error((enum gm_errcode)rc, "%s", failure.message);
	gm_error_hint("%s", failure.hint);
	return rc;
}

static int run(struct push *push)
{
	const struct push_options *options = push->options;
	gm_autopushresult result = GM_PUSH_RESULT_INIT;
	const struct gm_push_rounds rounds = {.remote = &push->remote,
		.list = &push->list,
		.action = "push",
		.dry_run = options->dry_run,
		.no_verify = options->no_verify,
		.is_atomic = options->atomic,
		.merged = gm_push_tell_merge,
		.payload = &push->told};
	int rc = push->list.n ? gm_push_rounds(&result, push->call, push->sync, &rounds)
			      : 0;

	if (rc < 0)
		return tell_failed(push, &result, rc);
	rc = gm_push_tell(&push->told, &result);
	if (rc == 0)
		rc = set_upstreams(push, &result);
	if (rc == 0 && result.n)
		hint_readme(push, &result.refs[0]);
	return rc < 0 ? rc : gm_push_judge(&push->told, &result);
}

static int begin(struct push *push, const struct gm_options_result *args)
{
	const struct gm_sync_options options = {
		.progress = gm_call_progress(push->call), .is_quiet = push->call->quiet};
	struct gm_repo *repo = push->call->repo;
	int rc = read_remote(push, args->n_rest ? args->rest[0] : NULL);

	if (rc == 0 && push->options->set_upstream && !push->remote.name)
		rc = gm_error(GM_EUSAGE, "-u needs a remote that has a name");
	if (rc == 0 && push->remote.name)
		rc = find_out_whether_first(push);
	if (rc < 0)
		return rc;
	push->refspecs = args->n_rest ? args->rest + 1 : NULL;
	push->n_refspecs = args->n_rest ? args->n_rest - 1 : 0;
	push->told.call = push->call;
	push->told.remote = &push->remote;
	push->told.dry_run = push->options->dry_run;
	rc = gm_sync_start(
		&push->sync, gm_repo_dir(repo), gm_repo_config(repo), &options);
	return rc < 0 ? rc : list(push);
}

int gm_cmd_push(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"push [<options>] [<remote> [<refspec>...]]",
		"push [<options>] (--all | --tags) [<remote>]",
		"push [<options>] --delete <remote> <ref>...", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct push_options options = {.all = false};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'u', "set-upstream", &options.set_upstream, NULL,
			"let the branches follow those they are pushed to", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "all", &options.all, NULL, "push all branches", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "tags", &options.tags, NULL, "push all tags, too",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'd', "delete", &options.drop, NULL,
			"delete the refs from the remote", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'n', "dry-run", &options.dry_run, NULL,
			"say what would be done, and send nothing", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "atomic", &options.atomic, NULL,
			"push all of the refs, or none", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not run the pre-push hook", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "push",
		.synopsis = synopsis,
		.summary = "Send what is new to a remote.",
		.options = table,
		.arguments = GM_COMPLETE_BRANCH,
	};
	gm_cleanup(push_dispose) struct push push = {.call = call,
		.options = &options,
		.remote = GM_REMOTE_INIT,
		.list = GM_PUSH_LIST_INIT,
		.told = GM_PUSH_TOLD_INIT};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = check(&args, &options);
	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = begin(&push, &args);
	return rc < 0 ? rc : run(&push);
}
