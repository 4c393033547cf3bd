#include <stdint.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/write.h"

static int remove_all(struct gm_changes *changes, struct gm_writer *writer,
	const struct gm_options_result *args)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++) {
		gm_autofree char *path = NULL;
		rc = gm_memory_locate(&path, &writer->view, args->rest[i]);
		bool again = false;
		for (size_t j = 0; rc == 0 && j < changes->n; j++)
			again = again || !strcmp(changes->items[j].path, path);
		if (rc == 0 && !again)
			rc = gm_changes_remove(changes, writer, path);
	}
	return rc;
}

int gm_cmd_rm(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"rm [-c [-m <msg>] [--no-verify]] <memory>...", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_autowriter writer = GM_WRITER_INIT;
	gm_autochanges changes = GM_CHANGES_INIT;
	gm_autotransaction result = GM_TRANSACTION_RESULT_INIT;
	const char *message = NULL;
	bool commit = false, no_verify = false;
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 'c', "commit", &commit, NULL,
			"commit these removals, and only them, at once", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'm', "message", &message, "MSG",
			"the commit's message (with -c)", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-verify", &no_verify, NULL,
			"do not ask the hooks pre-commit and commit-msg (with -c)", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "rm",
		.synopsis = synopsis,
		.summary = "Remove memories from the next commit; history keeps them.",
		.options = table,
		.arguments = GM_COMPLETE_MEMORY,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	if (rc == 0)
		rc = gm_check_message(message, commit);
	if (rc == 0)
		rc = gm_writer_begin(&writer, call, false);
	writer.no_verify = no_verify;
	if (rc == 0)
		rc = remove_all(&changes, &writer, &args);
	if (rc < 0)
		return rc;
	return commit
		? gm_writer_commit_at_once(&result, &writer, &changes, NULL, message)
		: gm_writer_stage(&writer, &changes);
}
