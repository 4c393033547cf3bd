#include "cmd/merge_job.h"

#include <string.h>

#include "base/interrupt.h"
#include "base/utf8.h"
#include "cmd/hooks.h"
#include "cmd/merge_message.h"
#include "dag/rescue_ref.h"

static const char *const strategy_names[] = {
	[GM_STRATEGY_AUTO] = "auto",
	[GM_STRATEGY_OURS] = "ours",
	[GM_STRATEGY_THEIRS] = "theirs",
	[GM_STRATEGY_MANUAL] = "manual",
};

const char *gm_merge_strategy_name(enum gm_merge_strategy strategy)
{
	return strategy_names[strategy];
}

enum gm_merge_strategy gm_merge_strategy_find(const char *name)
{
	size_t i = GM_STRATEGY_MANUAL;

	while (i > GM_STRATEGY_AUTO && name && strcmp(strategy_names[i], name) != 0)
		i--;
	return name ? (enum gm_merge_strategy)i : GM_STRATEGY_AUTO;
}

void gm_merge_job_dispose(struct gm_merge_job *job)
{
	gm_buf_dispose(&job->theirs_kept);
	gm_buf_dispose(&job->ours_kept);
	gm_waiting_merge_dispose(&job->merge);
	gm_transaction_result_dispose(&job->result);
	gm_writer_dispose(&job->writer);
}

bool gm_merge_job_waits(const struct gm_merge_job *job)
{
	return gm_merge_is_unsettled(&job->merge.merge, &job->merge.options);
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
static int check_nothing_waits(struct gm_merge_job *job)
{
	gm_autowaiting waiting = GM_WAITING_MERGE_INIT;
	int rc = gm_waiting_merge_read(&waiting, job->call, &job->writer.head);

	if (rc == 0)
		return refuse_second(&waiting, &job->writer.head);
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int take_message(struct gm_merge_state *state, struct gm_merge_job *job,
	const struct gm_merge_request *request)
{
	gm_autobuf text = GM_BUF_INIT(GM_MERGE_MAX_MESSAGE);
	int rc;

	if (request->message)
		rc = gm_utf8_valid(request->message, strlen(request->message))
			? gm_buf_puts(&text, request->message)
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

/* Fill in what would wait, should it come to that, and what is to be done. */
static int begin(struct gm_merge_job *job, const struct gm_merge_request *request)
{
	struct gm_merge_state *state = &job->merge.state;
	int rc;

	state->theirs = request->theirs;
	state->name = gm_strdup(request->name);
	state->ref = gm_strdup(job->writer.head.ref);
	state->allow_unrelated = request->allow_unrelated;
	rc = state->name && state->ref ? take_message(state, job, request) : GM_ENOMEM;
	job->merge.options = (struct gm_merge_options){.ref = state->ref,
		.start = job->writer.start,
		.theirs = state->theirs,
		.strategy = request->strategy,
		.no_ff = request->no_ff,
		.ff_only = request->ff_only,
		.allow_unrelated = request->allow_unrelated,
		.no_tree = request->dry_run && !job->call->json,
		.only_both = job->call->quiet && !job->call->json};
	return rc < 0
		? rc
		: gm_merge_plan(&job->merge.merge, job->call->repo, &job->merge.options);
}

int gm_merge_job_plan(struct gm_merge_job *job, const struct gm_merge_request *request)
{
	int rc = check_nothing_waits(job);

	job->is_dry = request->dry_run;
	if (rc == 0)
		rc = begin(job, request);
	if (rc < 0 && job->merge.merge.is_unrelated && !request->allow_unrelated)
		gm_error_hint("'--allow-unrelated-histories' merges them all the same");
	return rc;
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

static int make_lines(struct reflog_lines *out, const struct gm_merge_job *job)
{
	const struct gm_merge_state *state = &job->merge.state;
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *action =
		job->action ? gm_strdup(job->action) : gm_format("merge %s", state->name);
	int rc = action ? gm_commit_subject(&subject, state->message) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	out->moved = gm_oid_is_zero(&job->merge.merge.tip)
		? gm_strdup("initial pull")
		: gm_format("%s: Fast-forward", action);
	out->committed = job->goes_on
		? gm_format("commit (merge): %s", gm_buf_str(&subject))
		: gm_format("%s: Merge made by the '%s' strategy.", action,
			  strategy_names[job->merge.options.strategy]);
	return out->moved && out->committed ? 0 : GM_ENOMEM;
}

/*
 * Both tips, before a commit comes to join them. What is only moved on is behind the branch
 * and in its log. When the branch has moved since it was looked at, either may come.
 */
static int keep_sides(struct gm_merge_job *job)
{
	const struct gm_merge *merge = &job->merge.merge;
	struct gm_refs *refs = gm_repo_refs(job->call->repo);
	struct gm_rescue ours = {
		.ref = job->writer.head.ref, .oid = merge->tip, .time = gm_time_now()};

	if (!job->rescue || gm_merge_job_waits(job))
		return 0;
	int rc = gm_ref_read(&ours.oid, NULL, refs, job->writer.head.ref);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (merge->kind != GM_MERGE_TRUE &&
		(rc == GM_ENOTFOUND || gm_oid_equal(&ours.oid, &merge->at)))
		return 0;
	const struct gm_rescue theirs = {.remote = job->rescue->remote,
		.ref = job->rescue->remote_ref,
		.oid = job->merge.state.theirs,
		.time = ours.time};
	gm_buf_reset(&job->ours_kept);
	gm_buf_reset(&job->theirs_kept);
	return gm_rescue_refs_keep(&job->ours_kept, &job->theirs_kept, refs,
		job->writer.lock, &ours, &theirs);
}

static int make_locked(struct gm_merge_job *job, const struct gm_merge_record *record)
{
	struct gm_waiting_merge *merge = &job->merge;
	struct gm_repo *repo = job->call->repo;
	struct gm_lock *lock = job->writer.lock;
	int rc = job->goes_on ? 0 : check_nothing_waits(job);

	if (rc == 0)
		rc = keep_sides(job);
	if (rc == 0)
		rc = gm_merge_make(
			&job->result, &merge->merge, repo, lock, &merge->options, record);
	if (rc < 0)
		return rc;
	if (job->result.committed)
		gm_interrupt_ignore();
	if (gm_merge_job_waits(job))
		return job->goes_on ? 0 : gm_merge_state_write(repo, lock, &merge->state);
	if (job->goes_on && gm_merge_state_clear(repo, lock, merge->state.ref) < 0)
		gm_warn("merged, but what waited could not be cleared: %s",
			gm_error_last()->message);
	return 0;
}

/* The index follows where the branch was at what the reader saw last. */
static void end(struct gm_merge_job *job)
{
	const struct gm_writer *writer = &job->writer;
	const struct gm_oid *known =
		writer->head.exists ? &writer->head.commit : &writer->start;
	bool follows = job->result.committed && gm_oid_equal(&job->result.parent, known);

	gm_writer_end(&job->writer, follows ? &job->result.tree : NULL);
	if (job->result.committed)
		job->call->committed = job->result.commit;
}

/* Only a commit has a message. */
static int verify_message(struct gm_merge_job *job)
{
	struct gm_merge_state *state = &job->merge.state;
	gm_autobuf text = GM_BUF_INIT(GM_MERGE_MAX_MESSAGE);

	if (job->writer.no_verify || job->merge.merge.kind != GM_MERGE_TRUE ||
		gm_merge_job_waits(job))
		return 0;
	int rc = gm_buf_puts(&text, state->message);
	if (rc == 0)
		rc = gm_call_commit_msg(&text, job->call);
	if (rc < 0 || !strcmp(gm_buf_str(&text), state->message))
		return rc;
	gm_free(state->message);
	state->message = gm_buf_detach(&text);
	return state->message ? 0 : GM_ENOMEM;
}

/* Not squashed, in the words of git. */
static void tell_merged(struct gm_merge_job *job)
{
	static const char *const args[] = {"0", NULL};

	if (job->result.committed)
		gm_call_hook_after(job->call, "post-merge", args);
}

int gm_merge_job_make(struct gm_merge_job *job)
{
	gm_cleanup(lines_dispose) struct reflog_lines lines = {.moved = NULL};
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autosignature committer = GM_SIGNATURE_INIT;
	int rc = job->writer.lock ? 0 : verify_message(job);

	if (rc == 0)
		rc = make_lines(&lines, job);
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
	if (rc < 0)
		return rc;
	end(job);
	tell_merged(job);
	return 0;
}
