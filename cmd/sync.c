#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/fetch_print.h"
#include "cmd/push_rounds.h"
#include "cmd/sync_report.h"
#include "dag/upstream.h"
#include "sync/process.h"

#define HEADS "refs/heads/"

struct sync_job {
	struct gm_call *call;
	bool no_verify;
	bool only_pulls; /* what is pushed goes to another remote than what is pulled comes from */
	struct gm_head head;
	struct gm_remote remote;
	struct gm_sync *sync;
	struct gm_fetch_result fetched;
	struct gm_sync_branches branches;
	struct gm_push_list list;
	struct gm_push_told told;
	struct gm_push_result pushed;
};

#define SYNC_JOB_INIT                                                               \
	{                                                                           \
		.head = GM_HEAD_INIT, .remote = GM_REMOTE_INIT,                     \
		.fetched = GM_FETCH_RESULT_INIT, .branches = GM_SYNC_BRANCHES_INIT, \
		.list = GM_PUSH_LIST_INIT, .told = GM_PUSH_TOLD_INIT,               \
		.pushed = GM_PUSH_RESULT_INIT,                                      \
	}

static void sync_job_dispose(struct sync_job *job)
{
	gm_push_result_dispose(&job->pushed);
	gm_push_told_dispose(&job->told);
	gm_push_list_dispose(&job->list);
	gm_sync_branches_dispose(&job->branches);
	gm_fetch_result_dispose(&job->fetched);
	gm_sync_free(job->sync);
	gm_remote_dispose(&job->remote);
	gm_head_dispose(&job->head);
}

/* As in a fork: what it makes does not go upstream by itself. */
static int judge_pushing(struct sync_job *job)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_remote_to_push_to(&name, job->call->repo, job->head.branch);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	job->only_pulls = rc < 0 || strcmp(gm_buf_str(&name), job->remote.name) != 0;
	return 0;
}

static int find_remote(struct sync_job *job, const char *named)
{
	struct gm_repo *repo = job->call->repo;
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = named ? gm_buf_puts(&name, named)
		       : gm_remote_of_branch(&name, repo, job->head.branch);

	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem remote add origin URL' adds one");
	if (rc == 0)
		rc = gm_remote_read(&job->remote, repo, gm_buf_str(&name));
	if (rc == 0 && !job->remote.name) {
		rc = gm_error(GM_EUSAGE, "'%s' is not the name of a remote", named);
		gm_error_hint("'gitmem remote add NAME URL' gives it one");
	}
	return rc < 0 || named ? rc : judge_pushing(job);
}

static int fetch(struct sync_job *job)
{
	struct gm_call *call = job->call;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature who = GM_SIGNATURE_INIT;
	const struct gm_sync_options how = {
		.progress = gm_call_progress(call), .is_quiet = call->quiet};
	const struct gm_fetch_request request = {
		.remote = &job->remote, .who = &who, .reflog_action = "sync"};
	int rc = gm_call_signatures(&author, &who, call);

	if (rc == 0)
		rc = gm_sync_start(&job->sync, gm_repo_dir(call->repo),
			gm_repo_config(call->repo), &how);
	if (rc == 0)
		rc = gm_sync_fetch(&job->fetched, job->sync, &request);
	/* Where nothing is tracked (a bare clone) nothing of ours has changed by it. */
	if (rc < 0 || call->json || !job->remote.n_fetch)
		return rc;
	return gm_fetch_print(call, &job->remote, &job->fetched);
}

static int list_ahead(struct sync_job *job)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < job->branches.n; i++) {
		const struct gm_sync_branch *branch = &job->branches.items[i];
		gm_autofree char *ref = gm_format(HEADS "%s", branch->name);
		if (!ref)
			return GM_ENOMEM;
		if (gm_sync_is_ahead(branch))
			rc = gm_push_list_add(
				&job->list, ref, &branch->ours, branch->remote_ref);
	}
	return rc;
}

static int push(struct sync_job *job)
{
	const struct gm_push_rounds rounds = {.remote = &job->remote,
		.list = &job->list,
		.action = "sync",
		.no_verify = job->no_verify,
		.merged = gm_push_tell_merge,
		.payload = &job->told};
	int rc = job->only_pulls ? 0 : list_ahead(job);

	return rc < 0 || !job->list.n
		? rc
		: gm_push_rounds(&job->pushed, job->call, job->sync, &rounds);
}

/* What followed nothing so far follows what it is equal to now. */
static int follow(struct sync_job *job)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < job->branches.n; i++) {
		const struct gm_sync_branch *branch = &job->branches.items[i];
		struct gm_oid oid;
		if (branch->is_followed || !*branch->tracking_ref)
			continue;
		rc = gm_ref_read(
			&oid, NULL, gm_repo_refs(job->call->repo), branch->tracking_ref);
		if (rc == GM_ENOTFOUND)
			rc = 0;
		else if (rc == 0)
			rc = gm_upstream_set(
				job->call->repo, branch->name, branch->tracking_ref);
	}
	return rc;
}

static bool has_pushed(const struct sync_job *job)
{
	for (size_t i = 0; i < job->pushed.n; i++)
		if (job->pushed.refs[i].kind != GM_PUSHED_UP_TO_DATE)
			return true;
	return job->call->verbose;
}

static int report(struct sync_job *job)
{
	int rc = 0;

	if (job->call->json)
		rc = gm_sync_print_json(&job->branches, &job->told, &job->pushed);
	else if (has_pushed(job))
		rc = gm_push_tell(&job->told, &job->pushed);
	if (rc == 0)
		rc = gm_sync_judge(&job->branches);
	return rc < 0 ? rc : gm_push_judge(&job->told, &job->pushed);
}

/* What was done until it failed is told, too. */
static int report_failed(struct sync_job *job, int rc)
{
	const struct gm_error failure = *gm_error_last();

	for (size_t i = 0; i < job->branches.n; i++)
		if (gm_sync_is_ahead(&job->branches.items[i]))
			job->branches.items[i].failure = failure;
	(void)report(job);
	(void)gm_error((enum gm_errcode)rc, "%s", failure.message);
	if (*failure.hint)
		gm_error_hint("%s", failure.hint);
	return rc;
}

static int run(struct sync_job *job, const char *remote)
{
	struct gm_call *call = job->call;
	int rc = gm_call_open(call);

	if (rc == 0)
		rc = gm_head_read(&job->head, call->repo, call->branch);
	if (rc == 0)
		rc = find_remote(job, remote);
	job->told.call = call;
	job->told.remote = &job->remote;
	if (rc == 0)
		rc = gm_sync_branches_find(
			&job->branches, call, &job->head, &job->remote);
	if (rc == 0)
		rc = fetch(job);
	if (rc < 0)
		return rc;
	rc = gm_sync_branches_merge(
		&job->branches, call, &job->remote, &job->fetched, job->no_verify);
	if (rc == 0 && !call->json)
		rc = gm_sync_print_merges(call, &job->branches);
	if (rc == 0)
		rc = push(job);
	if (rc < 0)
		return report_failed(job, rc);
	gm_interrupt_ignore();
	rc = follow(job);
	return rc < 0 ? rc : report(job);
}

int gm_cmd_sync(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"sync [--no-verify] [--progress] [<remote>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(sync_job_dispose) struct sync_job job = SYNC_JOB_INIT;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "no-verify", &job.no_verify, NULL,
			"do not run the pre-push hook", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "sync",
		.synopsis = synopsis,
		.summary = "Pull and push the branches that follow those of a remote.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 1);
	job.call = call;
	return rc < 0 ? rc : run(&job, args.n_rest ? args.rest[0] : NULL);
}
