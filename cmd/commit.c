#include <string.h>

#include "cmd/commands.h"
#include "cmd/editor.h"
#include "cmd/hooks.h"
#include "dag/merge_state.h"

struct commit_options {
	const char *message;
	const char *author;
	bool edit;
	bool allow_empty;
	bool no_verify;
};

static const char edit_help[] =
	"\n# The message of the commit. Lines that begin with '#' are left out;\n"
	"# an empty message stops the commit.\n";

/* Take comments and blank lines at the end out of an edited message. */
static int clean_message(struct gm_buf *text)
{
	gm_autobuf clean = GM_BUF_INIT(GM_BUF_TEXT);
	const char *line = gm_buf_str(text);
	int rc = 0;

	while (rc == 0 && *line) {
		size_t size = strcspn(line, "\n");
		if (*line != '#')
			rc = gm_buf_put(&clean, line, size + (line[size] == '\n'));
		line += size + (line[size] == '\n');
	}
	while (clean.size && strchr(" \t\r\n", clean.ptr[clean.size - 1]))
		clean.size--;
	if (rc < 0)
		return rc;
	gm_buf_reset(text);
	return gm_buf_put(text, gm_buf_str(&clean), clean.size);
}

/* Let the person write the message, before the lock is taken. */
static int edit_message(struct gm_buf *message, struct gm_edit_file *file,
	struct gm_call *call, const struct commit_options *options)
{
	int rc = gm_buf_puts(message, options->message ? options->message : "");

	if (rc == 0)
		rc = gm_buf_puts(message, edit_help);
	if (rc == 0)
		rc = gm_edit_text(file, message, call);
	if (rc == 0)
		rc = clean_message(message);
	if (rc == 0 && !message->size) {
		gm_edit_file_remove(file);
		return gm_error(GM_ENO, "the message is empty: nothing was committed");
	}
	return rc;
}

/* Whether a merge waits, which a commit of the stage does not conclude. */
static bool merge_waits(struct gm_call *call, const struct gm_head *head)
{
	gm_automergestate state = GM_MERGE_STATE_INIT;

	return gm_merge_state_read(&state, call->repo, head->ref) == 0;
}

static int nothing_staged(struct gm_call *call, const struct gm_head *head)
{
	bool waits = merge_waits(call, head);
	int rc = gm_error(GM_ENO, "nothing is staged on %s",
		head->branch ? head->branch : "the detached HEAD");

	gm_error_hint("%s",
		waits ? "'gitmem merge --continue' concludes the merge that waits"
		      : "'gitmem add' and 'gitmem edit' stage changes");
	return rc;
}

/* So that nobody writes a message for nothing. */
static int expect_staged(struct gm_call *call)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	gm_autohead head = GM_HEAD_INIT;
	struct gm_oid start;
	int rc = gm_call_head_to_write(&head, &start, call);

	if (rc == 0)
		rc = gm_stage_load(&stage, call->repo, head.ref);
	return rc < 0 || gm_stage_size(stage) ? rc : nothing_staged(call, &head);
}

static int parse_author(struct gm_signature *out, const char *text)
{
	const char *open = strchr(text, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	gm_time now;

	if (!close || close[1] || open == text)
		return gm_error(GM_EUSAGE,
			"--author: '%s' is not of the form 'Name <mail>'", text);
	gm_autofree char *name = gm_strndup(text, (size_t)(open - text));
	gm_autofree char *mail = gm_strndup(open + 1, (size_t)(close - open - 1));
	int rc = name && mail ? gm_call_now(&now) : GM_ENOMEM;
	return rc < 0 ? rc : gm_signature_set(out, name, mail, now, gm_time_zone(now));
}

static int check_staged(struct gm_writer *writer, const struct commit_options *options)
{
	return gm_stage_size(writer->stage) || options->allow_empty
		? 0
		: nothing_staged(writer->call, &writer->head);
}

static int run(struct gm_call *call, const struct commit_options *options)
{
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	gm_autosignature author = GM_SIGNATURE_INIT;
	gm_autoeditfile file = GM_EDIT_FILE_INIT;
	gm_autobuf message = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf verified = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_commit_request request = {.message = options->message,
		.reflog_action = "commit",
		.allow_empty = options->allow_empty,
		.clear_stage = true};
	int rc = options->author ? parse_author(&author, options->author) : 0;

	if (rc == 0 && options->author)
		request.author = &author;
	if (rc == 0 && options->edit && !options->allow_empty)
		rc = expect_staged(call);
	if (rc == 0 && options->edit) {
		rc = edit_message(&message, &file, call, options);
		request.message = gm_buf_str(&message);
	}
	if (rc == 0)
		rc = gm_writer_begin(&writer, call, false);
	writer.no_verify = options->no_verify;
	if (rc == 0)
		rc = check_staged(&writer, options);
	if (rc == 0)
		rc = gm_verify_stage(&verified, &writer, &request);
	if (rc == 0)
		rc = check_staged(&writer, options);
	if (rc == 0)
		rc = gm_writer_commit(&result, &writer, gm_stage_changes(writer.stage),
			gm_stage_size(writer.stage), &request);
	if (rc < 0) {
		gm_edit_file_hint(&file);
		return rc;
	}
	gm_edit_file_remove(&file);
	if (!result.committed)
		return gm_error(GM_ENO,
			"nothing to commit: the branch holds all that was staged");
	rc = gm_print_commit(call, &writer.head, &result);
	if (rc == 0 && merge_waits(call, &writer.head))
		gm_talk(call, "a merge waits: 'gitmem merge --continue' concludes it");
	return rc;
}

int gm_cmd_commit(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"commit [<options>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct commit_options options = {0};
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 'm', "message", &options.message, "MSG",
			"the message; without one, a count of the changes", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'e', "edit", &options.edit, NULL,
			"write the message in an editor", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "author", &options.author, "AUTHOR",
			"who is to be named as the author: 'Name <mail>'", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "allow-empty", &options.allow_empty, NULL,
			"commit also when nothing changed", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'n', "no-verify", &options.no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "commit",
		.synopsis = synopsis,
		.summary = "Commit what is staged on the branch.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc == 0 && !options.edit)
		rc = gm_check_message(options.message, true);
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc : run(call, &options);
}
