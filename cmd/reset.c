#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/write.h"
#include "dag/merge_state.h"
#include "dag/stage_carry.h"
#include "dag/stage_rescue.h"

struct reset {
	struct gm_writer writer;
	struct gm_signature who;
	struct gm_oid to; /* zero: the branch has no commit and gets none */
	struct gm_oid tree;
	struct gm_buf
		rescued; /* the ref that keeps what was staged; empty: nothing was */
};

static void reset_dispose(struct reset *reset)
{
	gm_writer_dispose(&reset->writer);
	gm_signature_dispose(&reset->who);
	gm_buf_dispose(&reset->rescued);
}

/* A branch that does not exist is only reset when there is something to do on it. */
static int check_branch(const struct reset *reset, const char *revision)
{
	const struct gm_call *call = reset->writer.call;

	if (revision || !call->branch || reset->writer.head.exists ||
		gm_stage_size(reset->writer.stage))
		return 0;
	return gm_error(GM_ENOTFOUND, "branch '%s' does not exist", call->branch);
}

/* Where to; under the lock, so that HEAD~1 is one before what is there now. */
static int find_target(struct reset *reset, const char *revision)
{
	struct gm_call *call = reset->writer.call;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = check_branch(reset, revision);

	if (rc < 0)
		return rc;
	reset->to = reset->writer.head.commit;
	reset->tree = reset->writer.head.tree;
	if (!revision)
		return 0;
	rc = gm_revision_commit(&reset->to, call->repo, revision, call->branch);
	if (rc == GM_ENOTFOUND)
		gm_error_hint("'gitmem restore --staged' takes a memory off the stage");
	if (rc == 0)
		rc = gm_commit_read(&commit, gm_repo_store(call->repo), &reset->to);
	if (rc == 0)
		reset->tree = commit.tree;
	return rc;
}

static bool is_moved(const struct reset *reset)
{
	return !gm_oid_equal(&reset->to, &reset->writer.head.commit);
}

static int move_branch(struct reset *reset, const char *revision)
{
	struct gm_writer *writer = &reset->writer;
	gm_autofree char *message =
		gm_format("reset: moving to %s", revision ? revision : "HEAD");
	const struct gm_ref_update update = {.name = writer->head.ref,
		.old_oid = writer->head.commit,
		.new_oid = reset->to,
		.who = &reset->who,
		.message = message};

	/* A log that told of no move would put another commit in the place of main@{1}. */
	if (!is_moved(reset))
		return 0;
	return message
		? gm_ref_update(gm_repo_refs(writer->call->repo), writer->lock, &update)
		: GM_ENOMEM;
}

/* As git: what waits would go on from somewhere else. */
static int check_no_merge(struct reset *reset)
{
	const struct gm_head *head = &reset->writer.head;
	gm_automergestate state = GM_MERGE_STATE_INIT;
	int rc = gm_merge_state_read(&state, reset->writer.call->repo, head->ref);

	if (rc == GM_ENOTFOUND)
		return 0;
	rc = gm_error(GM_ERROR, "a merge waits on %s",
		head->branch ? head->branch : "the detached HEAD");
	gm_error_hint("'gitmem merge --abort' or 'gitmem reset --hard' ends it");
	return rc;
}

/* The branch did not move: the stage is what it was before. */
static void take_back_stage(struct reset *reset)
{
	struct gm_writer *writer = &reset->writer;
	const struct gm_error why = *gm_error_last();

	if (gm_stage_replace(writer->call->repo, writer->lock, writer->head.ref,
		    gm_stage_changes(writer->stage), gm_stage_size(writer->stage)) < 0)
		gm_warn("the stage holds what is on the branch, too: %s",
			gm_error_last()->message);
	(void)gm_error(why.code, "%s", why.message); /* back to the reason */
}

static int rescue(struct reset *reset)
{
	const struct gm_writer *writer = &reset->writer;
	const struct gm_head *head = &writer->head;

	return gm_stage_rescue(&reset->rescued, writer->call->repo, writer->lock,
		writer->stage, &head->commit,
		head->branch ? head->branch : "a detached HEAD", &reset->who);
}

/*
 * The stage first: what it holds of commits that are still on the branch changes nothing,
 * should we be killed in between.
 */
static int reset_soft(struct reset *reset, const char *revision)
{
	struct gm_writer *writer = &reset->writer;
	gm_autostagecarry carry = GM_STAGE_CARRY_INIT;
	const struct gm_stage_tip from = {writer->head.commit, writer->head.tree};
	const struct gm_stage_tip to = {reset->to, reset->tree};

	if (!is_moved(reset))
		return 0;
	int rc = check_no_merge(reset);
	if (rc < 0)
		return rc;
	rc = gm_stage_carry(&carry, writer->call->repo, writer->stage, &from, &to);
	if (rc == 0 && carry.gave_way)
		rc = rescue(reset);
	if (rc == 0)
		rc = gm_stage_replace(writer->call->repo, writer->lock, writer->head.ref,
			carry.changes, carry.n);
	if (rc < 0) {
		gm_error_hint("'gitmem reset --hard' stages nothing");
		return rc;
	}
	rc = move_branch(reset, revision);
	if (rc < 0)
		take_back_stage(reset);
	return rc;
}

static int reset_hard(struct reset *reset, const char *revision)
{
	struct gm_writer *writer = &reset->writer;
	struct gm_repo *repo = writer->call->repo;
	int rc = gm_stage_size(writer->stage) ? rescue(reset) : 0;

	if (rc == 0)
		rc = move_branch(reset, revision);
	if (rc == 0)
		rc = gm_stage_clear(repo, writer->lock, writer->head.ref);
	return rc < 0 ? rc : gm_merge_state_clear(repo, writer->lock, writer->head.ref);
}

static int give(json_t *object, const struct reset *reset)
{
	const struct gm_head *head = &reset->writer.head;
	char to[GM_OID_HEX], from[GM_OID_HEX];
	int rc = gm_json_set_string(object, "branch", head->branch);

	gm_oid_format(to, &reset->to);
	gm_oid_format(from, &head->commit);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "commit", gm_oid_is_zero(&reset->to) ? NULL : to);
	if (rc == 0)
		rc = gm_json_set_string(object, "previous", head->exists ? from : NULL);
	if (rc == 0)
		rc = gm_json_set_string(object, "rescued",
			reset->rescued.size ? gm_buf_str(&reset->rescued) : NULL);
	return rc;
}

/* "HEAD is now at 1a2b3c4 subject", as git says after --hard. */
static int print_place(const struct reset *reset)
{
	struct gm_call *call = reset->writer.call;
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf subject = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_commit_read(&commit, gm_repo_store(call->repo), &reset->to);

	if (rc == 0)
		rc = gm_buf_printf(
			&line, "%s is now at ", call->branch ? call->branch : "HEAD");
	if (rc == 0)
		rc = gm_abbreviate(&line, gm_repo_store(call->repo), &reset->to);
	if (rc == 0)
		rc = gm_buf_putc(&line, ' ');
	if (rc == 0)
		rc = gm_commit_subject(&subject, commit.message);
	if (rc == 0)
		rc = gm_put_safe(&line, gm_buf_str(&subject), subject.size);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

static int tell(const struct reset *reset, bool hard)
{
	const struct gm_call *call = reset->writer.call;
	const char *ref = gm_buf_str(&reset->rescued);

	if (*ref)
		gm_talk(call,
			"what was staged is kept: 'gitmem cherry-pick -n %s' stages it "
			"again",
			ref + strlen("refs/"));
	if (call->json) {
		gm_autojson *object = gm_json_object();
		int rc = object ? give(object, reset) : GM_ENOMEM;
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	if (!hard && !is_moved(reset) && gm_stage_size(reset->writer.stage))
		gm_talk(call, "the stage stays; 'gitmem reset --hard' clears it");
	return hard && !call->quiet && !gm_oid_is_zero(&reset->to) ? print_place(reset)
								   : 0;
}

static int run(struct gm_call *call, const char *revision, bool hard)
{
	gm_cleanup(reset_dispose) struct reset reset = {.writer = GM_WRITER_INIT,
		.who = GM_SIGNATURE_INIT,
		.rescued = GM_BUF_INIT(GM_BUF_PATH)};
	gm_autosignature author = GM_SIGNATURE_INIT;
	int rc = gm_writer_begin(&reset.writer, call, false);

	if (rc == 0)
		rc = gm_call_signatures(&author, &reset.who, call);
	if (rc == 0)
		rc = find_target(&reset, revision);
	if (rc == 0)
		rc = hard ? reset_hard(&reset, revision) : reset_soft(&reset, revision);
	if (rc < 0)
		return rc;
	gm_interrupt_ignore();
	gm_writer_end(&reset.writer, is_moved(&reset) ? &reset.tree : NULL);
	return tell(&reset, hard);
}

int gm_cmd_reset(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"reset [--soft | --hard] [<revision>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool soft = false, hard = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "soft", &soft, NULL,
			"stage what the branch no longer has (as without an option)",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "hard", &hard, NULL,
			"clear the stage, too; what it held is kept below "
			"refs/gitmem/rescue",
			NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "reset",
		.synopsis = synopsis,
		.summary = "Move the branch to another commit.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	if (soft && hard)
		return gm_error(GM_EUSAGE, "--soft and --hard exclude each other");
	rc = gm_command_expect_args(&args, 0, 1);
	return rc < 0 ? rc : run(call, args.n_rest ? args.rest[0] : NULL, hard);
}
