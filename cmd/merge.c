#include <string.h>

#include "cmd/commands.h"
#include "cmd/hooks.h"
#include "cmd/merge_print.h"
#include "dag/upstream.h"

struct merge_options {
	const char *strategy; /* NULL: auto */
	const char *message;
	bool dry_run;
	bool no_ff;
	bool ff_only;
	bool allow_unrelated;
	bool abort;
	bool go_on;
	bool no_verify;
};

static int report(const struct gm_merge_job *job)
{
	gm_autojson *object = NULL;
	int rc;

	if (job->call->json) {
		object = gm_json_object();
		rc = object ? gm_merge_job_json(object, job) : GM_ENOMEM;
		if (rc == 0)
			rc = gm_print_json(gm_steal(&object));
	} else {
		rc = gm_merge_job_print(job);
	}
	return rc < 0 ? rc : gm_merge_job_conclude(job);
}

static int run(
	struct gm_merge_job *job, const char *name, const struct merge_options *options)
{
	struct gm_merge_request request = {.name = name,
		.message = options->message,
		.strategy = gm_merge_strategy_find(options->strategy),
		.dry_run = options->dry_run,
		.no_ff = options->no_ff,
		.ff_only = options->ff_only,
		.allow_unrelated = options->allow_unrelated};
	struct gm_call *call = job->call;
	int rc = gm_call_head_to_write(&job->writer.head, &job->writer.start, call);

	if (rc == 0)
		rc = gm_revision_commit(&request.theirs, call->repo, name, call->branch);
	if (rc == 0)
		rc = gm_merge_job_plan(job, &request);
	if (rc == 0 && !options->dry_run)
		rc = gm_merge_job_make(job);
	return rc < 0 ? rc : report(job);
}

/* What commit-msg makes of the message of a merge that can be concluded; nothing: it stays. */
static int verify_waiting(struct gm_buf *message, struct gm_call *call)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid start;
	int rc = gm_call_head_to_write(&head, &start, call);

	if (rc == 0)
		rc = gm_waiting_merge_read(&waiting, call, &head);
	if (rc == 0)
		rc = gm_waiting_merge_plan(&waiting, call, &start, true);
	if (rc < 0 || gm_merge_is_unsettled(&waiting.merge, &waiting.options))
		return rc;
	rc = gm_buf_puts(message, waiting.state.message);
	return rc < 0 ? rc : gm_call_commit_msg(message, call);
}

/* Hooks run without the lock. */
static int verify(struct gm_buf *message, struct gm_merge_job *job)
{
	enum gm_hook_presence found = GM_HOOK_ABSENT;
	int rc = job->writer.no_verify
		? 0
		: gm_hook_find(&found, job->call->repo, "commit-msg");

	return rc < 0 || found == GM_HOOK_ABSENT ? rc
						 : verify_waiting(message, job->call);
}

static int set_message(struct gm_merge_job *job, struct gm_buf *message)
{
	struct gm_merge_state *state = &job->merge.state;

	if (!message->size)
		return 0;
	gm_free(state->message);
	state->message = gm_buf_detach(message);
	return state->message ? 0 : GM_ENOMEM;
}

/* Under the lock from the beginning, so that nobody settles or gives up meanwhile. */
static int go_on(struct gm_merge_job *job)
{
	gm_autobuf message = GM_BUF_INIT(GM_MERGE_MAX_MESSAGE);
	int rc = verify(&message, job);

	job->goes_on = true;
	if (rc == 0)
		rc = gm_call_lock(&job->writer.lock, job->call);
	if (rc == 0)
		rc = gm_call_head_to_write(
			&job->writer.head, &job->writer.start, job->call);
	if (rc == 0)
		rc = gm_waiting_merge_read(&job->merge, job->call, &job->writer.head);
	if (rc == 0)
		rc = set_message(job, &message);
	if (rc == 0)
		rc = gm_waiting_merge_plan(
			&job->merge, job->call, &job->writer.start, true);
	if (rc == 0)
		rc = gm_merge_job_make(job);
	if (rc == 0)
		gm_warn_stale(&job->merge);
	return rc < 0 ? rc : report(job);
}

/* A ref without a file was left by a merge that was stopped in the middle. */
static int is_left(const struct gm_merge_job *job)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_merge_state_ref(&name, job->writer.head.ref);

	if (rc == 0)
		rc = gm_ref_read(
			&oid, NULL, gm_repo_refs(job->call->repo), gm_buf_str(&name));
	return rc == GM_ENOTFOUND ? 0 : rc < 0 ? rc : 1;
}

static int give_up(struct gm_merge_job *job)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;
	struct gm_repo *repo = job->call->repo;
	int rc = gm_call_lock(&job->writer.lock, job->call);

	if (rc == 0)
		rc = gm_call_head_to_write(
			&job->writer.head, &job->writer.start, job->call);
	if (rc < 0)
		return rc;
	rc = gm_merge_state_read(&state, repo, job->writer.head.ref);
	if (rc == GM_ENOTFOUND)
		rc = is_left(job);
	else if (rc == 0 || rc == GM_EMISMATCH)
		rc = 1;
	if (rc == 0)
		return gm_error(GM_ENOTFOUND, "there is no merge to abort");
	return rc < 0
		? rc
		: gm_merge_state_clear(repo, job->writer.lock, job->writer.head.ref);
}

static int check_usage(const struct merge_options *options, const char *name)
{
	bool alone = options->abort || options->go_on;

	if (options->abort && options->go_on)
		return gm_error(GM_EUSAGE, "--abort and --continue exclude each other");
	if (alone &&
		(name || options->strategy || options->message || options->dry_run ||
			options->no_ff || options->ff_only || options->allow_unrelated))
		return gm_error(GM_EUSAGE, "%s goes with nothing else",
			options->abort ? "--abort" : "--continue");
	if (options->abort && options->no_verify)
		return gm_error(GM_EUSAGE, "--abort goes with nothing else");
	if (options->no_ff && options->ff_only)
		return gm_error(GM_EUSAGE, "--no-ff and --ff-only exclude each other");
	return alone ? 0 : gm_check_message(options->message, true);
}

/* As for git, a merge of nothing named is one of the branch that this one follows. */
static int run_upstream(struct gm_merge_job *job, const struct merge_options *options)
{
	gm_autobuf ref = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_upstream_of(&ref, job->call->repo, job->call->branch);

	if (rc == GM_ENOTFOUND)
		gm_error_hint("name what to merge, or 'gitmem branch -u' sets one");
	return rc < 0 ? rc : run(job, gm_upstream_name(gm_buf_str(&ref)), options);
}

static int dispatch(
	struct gm_call *call, const char *name, const struct merge_options *options)
{
	gm_automergejob job = GM_MERGE_JOB_INIT;
	int rc = check_usage(options, name);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	job.call = call;
	job.writer.call = call;
	job.writer.no_verify = options->no_verify;
	if (options->abort)
		return give_up(&job);
	if (options->go_on)
		return go_on(&job);
	if (!name)
		return run_upstream(&job, options);
	/* As for `switch`, the branch that HEAD was on before. */
	return run(&job, strcmp(name, "-") ? name : "@{-1}", options);
}

int gm_cmd_merge(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"merge [<options>] [<revision>]",
		"merge (--abort | --continue [--no-verify])", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct merge_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_CHOICE, 's', "strategy", &options.strategy, "STRATEGY",
			"what is to become of conflicts", "auto|ours|theirs|manual",
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the message of the commit", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "dry-run", &options.dry_run, NULL,
			"show what would be decided, and change nothing", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-ff", &options.no_ff, NULL,
			"make a commit also where the branch could just move on", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "ff-only", &options.ff_only, NULL,
			"refuse where a commit would be needed", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "allow-unrelated-histories", &options.allow_unrelated,
			NULL, "merge what has no commit in common, too", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "abort", &options.abort, NULL,
			"give up the merge that waits", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "continue", &options.go_on, NULL,
			"conclude the merge that waits", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &options.no_verify, NULL,
			"do not ask the hook commit-msg", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "merge",
		.synopsis = synopsis,
		.summary = "Merge another history into the branch.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 1);
	return rc < 0 ? rc : dispatch(call, args.n_rest ? args.rest[0] : NULL, &options);
}
