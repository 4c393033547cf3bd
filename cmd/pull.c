#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/fetch_print.h"
#include "cmd/merge_print.h"
#include "cmd/pull_merge.h"
#include "dag/upstream.h"
#include "sync/process.h"
#include "sync/url.h"

struct pull_options {
	const char *strategy; /* NULL: auto */
	bool dry_run;
	bool no_ff;
	bool ff_only;
	bool allow_unrelated;
	bool tags;
	bool no_tags;
	bool prune;
	bool follow;
	bool no_verify;
};

/* What is pulled from where, and how far that is. */
struct pull {
	struct gm_call *call;
	const struct pull_options *options;
	struct gm_head head;
	struct gm_remote remote;
	struct gm_strv
		refspecs; /* what was asked for by name; empty: the branch it follows */
	struct gm_buf
		remote_ref; /* that, at the remote; known at once unless it was named */
	bool is_followed;   /* the branch follows it already */
	struct gm_fetch_result fetched;
	const struct gm_fetched_ref *theirs; /* in `fetched` */
	struct gm_merge_job job;
	bool is_merged; /* there was something to be said of */
};

#define PULL_INIT                                                                 \
	{                                                                         \
		.head = GM_HEAD_INIT, .remote = GM_REMOTE_INIT,                   \
		.refspecs = GM_STRV_INIT, .remote_ref = GM_BUF_INIT(GM_BUF_PATH), \
		.fetched = GM_FETCH_RESULT_INIT, .job = GM_MERGE_JOB_INIT,        \
	}

static void pull_dispose(struct pull *pull)
{
	gm_merge_job_dispose(&pull->job);
	gm_fetch_result_dispose(&pull->fetched);
	gm_buf_dispose(&pull->remote_ref);
	gm_strv_dispose(&pull->refspecs);
	gm_remote_dispose(&pull->remote);
	gm_head_dispose(&pull->head);
}

static int find_remote(struct pull *pull, const char *named)
{
	struct gm_repo *repo = pull->call->repo;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);

	if (named)
		return gm_remote_read(&pull->remote, repo, named);
	if (!pull->head.branch) {
		int rc = gm_error(GM_ENOTFOUND, "HEAD is on no branch");
		gm_error_hint("name what is to be pulled: 'gitmem pull REMOTE BRANCH'");
		return rc;
	}
	int rc = gm_remote_of_branch(&name, repo, pull->head.branch);
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem remote add origin URL' adds one");
	return rc < 0 ? rc : gm_remote_read(&pull->remote, repo, gm_buf_str(&name));
}

/* What a usual fetch does not bring, as in a bare clone, has to be asked for. */
static int ask_for_untracked(struct pull *pull)
{
	gm_autobuf tracking = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_remote_tracking_ref(
		&tracking, &pull->remote, gm_buf_str(&pull->remote_ref));

	if (rc < 0 || tracking.size)
		return rc;
	gm_autofree char *wanted = gm_strdup(gm_buf_str(&pull->remote_ref));
	gm_buf_reset(&pull->remote_ref);
	return wanted ? gm_strv_add(&pull->refspecs, wanted) : GM_ENOMEM;
}

/* The branch that ours follows there, else the one of its name. */
static int find_followed(struct pull *pull)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc;

	if (!pull->head.branch)
		return gm_strv_add(&pull->refspecs, "HEAD");
	rc = gm_upstream_at(&ref, gm_repo_config(pull->call->repo), pull->head.branch,
		pull->remote.name);
	pull->is_followed = ref.size > 0;
	if (rc == 0 && !ref.size)
		rc = gm_buf_puts(&ref, pull->head.ref);
	if (rc == 0)
		rc = gm_remote_ref_of(&pull->remote_ref, &pull->remote, gm_buf_str(&ref));
	return rc < 0 ? rc : ask_for_untracked(pull);
}

/* As for git, of a URL alone what its HEAD leads to. */
static int find_what(struct pull *pull, const char *named)
{
	if (named)
		return gm_strv_add(&pull->refspecs, named);
	return pull->remote.name ? find_followed(pull)
				 : gm_strv_add(&pull->refspecs, "HEAD");
}

static int fetch(struct pull *pull)
{
	const struct pull_options *options = pull->options;
	gm_cleanup(gm_sync_free_p) struct gm_sync *sync = NULL;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature who = GM_SIGNATURE_INIT;
	const struct gm_fetch_request request = {.remote = &pull->remote,
		.refspecs = pull->refspecs.n ? &pull->refspecs : NULL,
		.tags = options->tags      ? GM_FETCH_TAGS_ALL
			: options->no_tags ? GM_FETCH_TAGS_NONE
					   : GM_FETCH_TAGS_AUTO,
		.prune = options->prune,
		.dry_run = options->dry_run,
		.who = &who,
		.reflog_action = "pull"};
	struct gm_call *call = pull->call;
	const struct gm_sync_options how = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};
	int rc = gm_call_signatures(&author, &who, call);

	if (rc == 0)
		rc = gm_sync_start(
			&sync, gm_repo_dir(call->repo), gm_repo_config(call->repo), &how);
	return rc < 0 ? rc : gm_sync_fetch(&pull->fetched, sync, &request);
}

static bool is_wanted(const struct pull *pull, const struct gm_fetched_ref *ref)
{
	if (!ref->remote_ref || ref->is_followed || ref->kind == GM_FETCHED_PRUNED)
		return false;
	return pull->refspecs.n ||
		!strcmp(ref->remote_ref, gm_buf_str(&pull->remote_ref));
}

/* What there is instead of the branch that is wanted. */
static int refuse_missing(const struct pull *pull)
{
	const char *head = pull->fetched.head;
	int rc;

	if (pull->fetched.is_empty)
		return gm_error(GM_ENOTFOUND, "'%s' is empty: there is nothing to pull",
			pull->remote.name);
	rc = gm_error(GM_ENOTFOUND, "'%s' has no branch '%s'", pull->remote.name,
		gm_short_ref(gm_buf_str(&pull->remote_ref)));
	if (pull->is_followed)
		gm_error_hint("'gitmem push' makes it there, 'gitmem branch -u' lets "
			      "this branch follow another one");
	else if (head)
		gm_error_hint("its main branch is '%s': 'gitmem pull %s %s'",
			gm_short_ref(head), pull->remote.name, gm_short_ref(head));
	return rc;
}

/* What HEAD stands for is called by its name. */
static int find_theirs(struct pull *pull)
{
	const char *name;

	for (size_t i = 0; !pull->theirs && i < pull->fetched.n; i++)
		if (is_wanted(pull, &pull->fetched.refs[i]))
			pull->theirs = &pull->fetched.refs[i];
	if (!pull->theirs)
		return pull->refspecs.n ? gm_error(GM_ENOTFOUND, "nothing was fetched")
					: refuse_missing(pull);
	if (!pull->refspecs.n)
		return 0;
	name = pull->theirs->remote_ref;
	if (!strcmp(name, "HEAD") && pull->fetched.head)
		name = pull->fetched.head;
	return gm_buf_puts(&pull->remote_ref, name);
}

static int merge(struct pull *pull)
{
	const struct pull_options *options = pull->options;
	const struct gm_pull_request request = {.remote = &pull->remote,
		.remote_ref = gm_buf_str(&pull->remote_ref),
		.theirs = pull->theirs->new_oid,
		.action = "pull",
		.strategy = gm_merge_strategy_find(options->strategy),
		.dry_run = options->dry_run,
		.no_ff = options->no_ff,
		.ff_only = options->ff_only,
		.allow_unrelated = options->allow_unrelated,
		.no_verify = options->no_verify};
	int rc = options->dry_run
		? gm_store_exists(gm_repo_store(pull->call->repo), &request.theirs)
		: 1;

	/* A dry run leaves nothing of what was fetched that could be looked at. */
	if (rc > 0) {
		pull->is_merged = true;
		rc = gm_pull_merge(&pull->job, pull->call, &request);
	}
	return rc;
}

/* The first time, or when asked to: so that status tells, and the next pull needs no words. */
static int follow(struct pull *pull)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	const struct pull_options *options = pull->options;
	struct gm_oid oid;
	int rc;

	if (options->dry_run || pull->is_followed || !pull->remote.name ||
		!pull->head.branch || (pull->refspecs.n && !options->follow))
		return 0;
	rc = gm_upstream_ref(&ref, gm_repo_config(pull->call->repo), pull->head.branch);
	if (rc < 0 || (ref.size && !options->follow))
		return rc;
	gm_buf_reset(&ref);
	rc = gm_remote_tracking_ref(&ref, &pull->remote, gm_buf_str(&pull->remote_ref));
	if (rc < 0 || !ref.size)
		return rc;
	rc = gm_ref_read(&oid, NULL, gm_repo_refs(pull->call->repo), gm_buf_str(&ref));
	return rc < 0
		? rc
		: gm_upstream_set(pull->call->repo, pull->head.branch, gm_buf_str(&ref));
}

static int fetched_json(json_t **out, const struct gm_fetch_result *fetched)
{
	gm_autojson *list = gm_json_array();
	int rc = list ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < fetched->n; i++) {
		json_t *item = NULL;
		rc = gm_fetched_json(&item, &fetched->refs[i]);
		if (rc == 0)
			rc = gm_json_append(list, item);
	}
	if (rc == 0)
		*out = gm_steal(&list);
	return rc;
}

static int print_json(const struct pull *pull)
{
	gm_autojson *object = gm_json_object();
	gm_autobuf url = GM_BUF_INIT(GM_BUF_TEXT);
	json_t *fetched = NULL, *rescue = NULL;
	int rc = object ? gm_json_set_string(object, "remote", pull->remote.name)
			: GM_ENOMEM;

	if (rc == 0)
		rc = gm_url_show(&url, pull->remote.given_url);
	if (rc == 0)
		rc = gm_json_set_string(object, "url", gm_buf_str(&url));
	if (rc == 0)
		rc = gm_json_set_string(object, "branch", pull->head.branch);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "remote_ref", gm_buf_str(&pull->remote_ref));
	if (rc == 0)
		rc = fetched_json(&fetched, &pull->fetched);
	if (rc == 0)
		rc = gm_json_set(object, "fetched", fetched);
	if (rc == 0 && pull->is_merged)
		rc = gm_merge_job_json(object, &pull->job);
	if (rc == 0)
		rc = gm_merge_job_rescue_json(&rescue, &pull->job);
	if (rc == 0)
		rc = gm_json_set(object, "rescue", rescue);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int report(const struct pull *pull)
{
	int rc = 0;

	if (pull->call->json)
		rc = print_json(pull);
	else if (pull->is_merged)
		rc = gm_merge_job_print(&pull->job);
	return rc < 0 || !pull->is_merged ? rc : gm_merge_job_conclude(&pull->job);
}

static int run(struct pull *pull, const char *const *args, size_t n)
{
	struct gm_call *call = pull->call;
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = gm_head_read(&pull->head, call->repo, call->branch);
	if (rc == 0)
		rc = find_remote(pull, n > 0 ? args[0] : NULL);
	if (rc == 0)
		rc = find_what(pull, n > 1 ? args[1] : NULL);
	if (rc == 0)
		rc = fetch(pull);
	/* What has come stays, whatever becomes of the merge. */
	if (rc == 0 && !call->json)
		rc = gm_fetch_print(call, &pull->remote, &pull->fetched);
	if (rc == 0)
		rc = find_theirs(pull);
	if (rc == 0)
		rc = merge(pull);
	if (rc < 0)
		return rc;
	gm_interrupt_ignore();
	rc = follow(pull);
	return rc < 0 ? rc : report(pull);
}

static int check_usage(const struct pull_options *options)
{
	if (options->no_ff && options->ff_only)
		return gm_error(GM_EUSAGE, "--no-ff and --ff-only exclude each other");
	if (options->tags && options->no_tags)
		return gm_error(GM_EUSAGE, "--tags and --no-tags exclude each other");
	return 0;
}

int gm_cmd_pull(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"pull [<options>] [<remote> [<branch>]]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct pull_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_CHOICE, 's', "strategy", &options.strategy, "STRATEGY",
			"what is to become of conflicts", "auto|ours|theirs|manual",
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "dry-run", &options.dry_run, NULL,
			"show what would be done, and change nothing", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-ff", &options.no_ff, NULL,
			"make a commit also where the branch could just move on", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "ff-only", &options.ff_only, NULL,
			"refuse where a commit would be needed", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "allow-unrelated-histories", &options.allow_unrelated,
			NULL, "merge what has no commit in common, too", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 't', "tags", &options.tags, NULL,
			"fetch all tags of the remote", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-tags", &options.no_tags, NULL, "fetch no tags",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'p', "prune", &options.prune, NULL,
			"forget branches that the remote has no more", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "set-upstream", &options.follow, NULL,
			"let the branch follow what is pulled", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hook commit-msg", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "pull",
		.synopsis = synopsis,
		.summary = "Fetch what a remote has, and merge it memory by memory.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};
	gm_cleanup(pull_dispose) struct pull pull = PULL_INIT;

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 2);
	if (rc == 0)
		rc = check_usage(&options);
	pull.call = call;
	pull.options = &options;
	return rc < 0 ? rc : run(&pull, args.rest, args.n_rest);
}
