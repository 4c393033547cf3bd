#include <string.h>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "cmd/commands.h"
#include "cmd/merge_message.h"
#include "cmd/merge_report.h"
#include "cmd/merge_waiting.h"
#include "cmd/write.h"
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
};

static const char *const strategy_names[] = {
	[GM_STRATEGY_AUTO] = "auto",
	[GM_STRATEGY_OURS] = "ours",
	[GM_STRATEGY_THEIRS] = "theirs",
	[GM_STRATEGY_MANUAL] = "manual",
};

/* A merge on its way: what is to be merged into what, and how that went. */
struct job {
	struct gm_call *call;
	struct gm_writer writer;
	struct gm_waiting_merge merge;
	bool goes_on; /* one that waited */
	bool is_dry;
	struct gm_transaction_result result;
};

static void job_dispose(struct job *job)
{
	gm_waiting_merge_dispose(&job->merge);
	gm_transaction_result_dispose(&job->result);
	gm_writer_dispose(&job->writer);
}

static int refuse_second(
	const struct gm_waiting_merge *waiting, const struct gm_head *head)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_put_head_name(&name, head);

	if (rc == 0)
		rc = gm_error(GM_EEXISTS, "a merge of '%s' waits on %s already",
			waiting->state.name, gm_buf_str(&name));
	gm_error_hint(
		"'gitmem merge --continue' concludes it, 'gitmem merge --abort' gives "
		"it up");
	return rc;
}

/* GM_EEXISTS when a merge waits. */
static int check_nothing_waits(struct job *job)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	int rc = gm_waiting_merge_read(&waiting, job->call, &job->writer.head);

	if (rc == 0)
		return refuse_second(&waiting, &job->writer.head);
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int take_message(struct gm_merge_state *state, struct job *job,
	const struct merge_options *options)
{
	gm_autobuf text = GM_BUF_INIT(GM_MERGE_MAX_MESSAGE);
	int rc;

	if (options->message)
		rc = gm_utf8_valid(options->message, strlen(options->message))
			? gm_buf_puts(&text, options->message)
			: gm_error(GM_EINVALID, "the message is not valid UTF-8");
	else
		rc = gm_put_merge_message(
			&text, job->call, state->name, &job->writer.head);
	if (rc == 0 && text.size && text.ptr[text.size - 1] != '\n')
		rc = gm_buf_putc(&text, '\n');
	if (rc < 0)
		return rc;
	state->message = gm_buf_detach(&text);
	return state->message ? 0 : GM_ENOMEM;
}

static enum gm_merge_strategy strategy_of(const struct merge_options *options)
{
	size_t i = GM_STRATEGY_MANUAL;

	while (i > GM_STRATEGY_AUTO && options->strategy &&
		strcmp(strategy_names[i], options->strategy) != 0)
		i--;
	return options->strategy ? (enum gm_merge_strategy)i : GM_STRATEGY_AUTO;
}

/* Fill in what would wait, should it come to that, and what is to be done. */
static int begin(struct job *job, const char *name, const struct merge_options *options)
{
	struct gm_merge_state *state = &job->merge.state;
	int rc = gm_revision_commit(
		&state->theirs, job->call->repo, name, job->call->branch);

	if (rc < 0)
		return rc;
	state->name = gm_strdup(name);
	state->ref = gm_strdup(job->writer.head.ref);
	state->allow_unrelated = options->allow_unrelated;
	rc = state->name && state->ref ? take_message(state, job, options) : GM_ENOMEM;
	job->merge.options = (struct gm_merge_options){.ref = state->ref,
		.start = job->writer.start,
		.theirs = state->theirs,
		.strategy = strategy_of(options),
		.no_ff = options->no_ff,
		.ff_only = options->ff_only,
		.allow_unrelated = options->allow_unrelated,
		.no_tree = options->dry_run && !job->call->json,
		.only_both = job->call->quiet && !job->call->json};
	return rc < 0
		? rc
		: gm_merge_plan(&job->merge.merge, job->call->repo, &job->merge.options);
}

/* What the reflog is to say, in git's words. */
struct reflog_lines {
	char *moved;
	char *committed;
};

static void lines_dispose(struct reflog_lines *lines)
{
	gm_free(lines->moved);
	gm_free(lines->committed);
}

static int make_lines(struct reflog_lines *out, const struct job *job)
{
	const struct gm_merge_state *state = &job->merge.state;
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_commit_subject(&subject, state->message);

	if (rc < 0)
		return rc;
	out->moved = gm_oid_is_zero(&job->merge.merge.tip)
		? gm_strdup("initial pull")
		: gm_format("merge %s: Fast-forward", state->name);
	out->committed = job->goes_on
		? gm_format("commit (merge): %s", gm_buf_str(&subject))
		: gm_format("merge %s: Merge made by the '%s' strategy.", state->name,
			  strategy_names[job->merge.options.strategy]);
	return out->moved && out->committed ? 0 : GM_ENOMEM;
}

static int make_locked(struct job *job, const struct gm_merge_record *record)
{
	struct gm_waiting_merge *merge = &job->merge;
	struct gm_repo *repo = job->call->repo;
	struct gm_lock *lock = job->writer.lock;
	int rc = job->goes_on ? 0 : check_nothing_waits(job);

	if (rc == 0)
		rc = gm_merge_make(
			&job->result, &merge->merge, repo, lock, &merge->options, record);
	if (rc < 0)
		return rc;
	if (job->result.committed)
		gm_interrupt_ignore();
	if (gm_merge_is_unsettled(&merge->merge, &merge->options))
		return job->goes_on ? 0 : gm_merge_state_write(repo, lock, &merge->state);
	if (job->goes_on && gm_merge_state_clear(repo, lock, merge->state.ref) < 0)
		gm_warn("merged, but what waited could not be cleared: %s",
			gm_error_last()->message);
	return 0;
}

/* The index follows where the branch was at what the reader saw last. */
static void end(struct job *job)
{
	const struct gm_writer *writer = &job->writer;
	const struct gm_oid *known =
		writer->head.exists ? &writer->head.commit : &writer->start;
	bool follows = job->result.committed && gm_oid_equal(&job->result.parent, known);

	gm_writer_end(&job->writer, follows ? &job->result.tree : NULL);
}

static int make(struct job *job)
{
	gm_cleanup(lines_dispose) struct reflog_lines lines = {.moved = NULL};
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	int rc = make_lines(&lines, job);

	if (rc == 0)
		rc = gm_call_signatures(&author, &committer, job->call);
	if (rc == 0 && !job->writer.lock)
		rc = gm_call_lock(&job->writer.lock, job->call);
	const struct gm_merge_record record = {.author = &author,
		.committer = &committer,
		.message = job->merge.state.message,
		.moved = lines.moved,
		.committed = lines.committed};
	if (rc == 0)
		rc = make_locked(job, &record);
	if (rc == 0)
		end(job);
	return rc;
}

static int print_forward(const struct job *job, const struct gm_merge *merge)
{
	struct gm_store *store = gm_repo_store(job->call->repo);
	gm_autobuf from = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf to = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_oid_is_zero(&merge->tip) ? 0
					     : gm_abbreviate(&from, store, &merge->tip);

	if (rc == 0)
		rc = gm_abbreviate(&to, store, &job->merge.state.theirs);
	if (rc == 0 && from.size)
		rc = gm_print("%s %s..%s\n", job->is_dry ? "Would update" : "Updating",
			gm_buf_str(&from), gm_buf_str(&to));
	return rc < 0 ? rc : gm_print("Fast-forward\n");
}

static int print_text(const struct job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	int rc = 0;

	if (job->call->quiet)
		return 0;
	if (merge->kind == GM_MERGE_UP_TO_DATE)
		return gm_print("Already up to date.\n");
	if (merge->kind == GM_MERGE_FAST_FORWARD)
		rc = print_forward(job, merge);
	else if (!gm_merge_is_unsettled(merge, &job->merge.options))
		rc = gm_print("%s by the '%s' strategy.\n",
			job->is_dry ? "Merge would be made" : "Merge made",
			strategy_names[job->merge.options.strategy]);
	return rc < 0 ? rc
		      : gm_print_decisions(job->call, merge,
				gm_merge_is_unsettled(merge, &job->merge.options));
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, gm_oid_is_zero(oid) ? NULL : hex);
}

/* What the branch comes to have. */
static const struct gm_oid *tree_of(const struct gm_merge *merge)
{
	if (merge->kind == GM_MERGE_TRUE)
		return &merge->trees.tree;
	return merge->kind == GM_MERGE_FAST_FORWARD ? &merge->theirs_tree
						    : &merge->tip_tree;
}

static int print_json(const struct job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	bool waits = gm_merge_is_unsettled(merge, &job->merge.options);
	bool forwards = merge->kind == GM_MERGE_FAST_FORWARD;
	gm_autojson *object = gm_json_object();
	json_t *decisions = NULL;
	int rc = object ? gm_decisions_json(&decisions, job->call->repo, merge, waits)
			: GM_ENOMEM;

	if (rc < 0)
		return rc;
	bool is_made = !job->is_dry && !waits;
	rc = set_oid(object, "commit", is_made ? &job->result.commit : &gm_oid_zero);
	if (rc == 0)
		rc = gm_json_set_bool(object, "fast_forward", forwards);
	if (rc == 0)
		rc = gm_json_set_bool(
			object, "up_to_date", merge->kind == GM_MERGE_UP_TO_DATE);
	if (rc == 0)
		rc = set_oid(object, "tree", waits ? &gm_oid_zero : tree_of(merge));
	if (rc == 0)
		rc = gm_json_set_bool(object, "dry_run", job->is_dry);
	if (rc == 0)
		rc = gm_json_set_bool(object, "waiting", waits);
	if (rc == 0)
		rc = gm_json_set_int(
			object, "conflicts", (long long)merge->trees.n_conflicts);
	rc = rc < 0 ? rc : gm_json_set(object, "decisions", gm_steal(&decisions));
	json_decref(decisions);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int report(const struct job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	int rc = job->call->json ? print_json(job) : print_text(job);

	if (rc == 0 && gm_merge_is_unsettled(merge, &job->merge.options))
		return gm_unsettled(merge, job->is_dry);
	if (rc == 0 && merge->trees.n_conflicts && !job->is_dry)
		gm_talk(job->call,
			"'gitmem list --conflicts' shows what both sides wrote");
	return rc;
}

static int run(struct job *job, const char *name, const struct merge_options *options)
{
	int rc = gm_call_head_to_write(&job->writer.head, &job->writer.start, job->call);

	job->is_dry = options->dry_run;
	if (rc == 0)
		rc = check_nothing_waits(job);
	if (rc == 0)
		rc = begin(job, name, options);
	if (rc < 0 && job->merge.merge.is_unrelated && !options->allow_unrelated)
		gm_error_hint("'--allow-unrelated-histories' merges them all the same");
	if (rc == 0 && !job->is_dry)
		rc = make(job);
	return rc < 0 ? rc : report(job);
}

/* Under the lock from the beginning, so that nobody settles or gives up meanwhile. */
static int go_on(struct job *job)
{
	int rc = gm_call_lock(&job->writer.lock, job->call);

	job->goes_on = true;
	if (rc == 0)
		rc = gm_call_head_to_write(
			&job->writer.head, &job->writer.start, job->call);
	if (rc == 0)
		rc = gm_waiting_merge_read(&job->merge, job->call, &job->writer.head);
	if (rc == 0)
		rc = gm_waiting_merge_plan(
			&job->merge, job->call, &job->writer.start, true);
	if (rc == 0)
		rc = make(job);
	if (rc == 0)
		gm_warn_stale(&job->merge);
	return rc < 0 ? rc : report(job);
}

/* A ref without a file was left by a merge that was stopped in the middle. */
static int is_left(const struct job *job)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid oid;
	int rc = gm_merge_state_ref(&name, job->writer.head.ref);

	if (rc == 0)
		rc = gm_ref_read(
			&oid, NULL, gm_repo_refs(job->call->repo), gm_buf_str(&name));
	return rc == GM_ENOTFOUND ? 0 : rc < 0 ? rc : 1;
}

static int give_up(struct job *job)
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
	if (options->no_ff && options->ff_only)
		return gm_error(GM_EUSAGE, "--no-ff and --ff-only exclude each other");
	return alone ? 0 : gm_check_message(options->message, true);
}

/* As for git, a merge of nothing named is one of the branch that this one follows. */
static int run_upstream(struct job *job, const struct merge_options *options)
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
	gm_cleanup(job_dispose) struct job job = {.call = call,
		.writer = GM_WRITER_INIT,
		.merge = GM_WAITING_MERGE_INIT,
		.result = GM_TRANSACTION_RESULT_INIT};
	int rc = check_usage(options, name);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	job.writer.call = call;
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
	static const char *const synopsis[] = {
		"merge [<options>] [<revision>]", "merge (--abort | --continue)", NULL};
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
