#include <string.h>

#include "cmd/clone_tell.h"
#include "cmd/commands.h"
#include "cmd/fork_status.h"
#include "cmd/layout.h"

/* What one forms asks for, the other does not take. */
static int check_options(
	const struct gm_clone_request *request, bool is_status, bool no_fetch)
{
	if (is_status && (request->branch || request->layout || request->is_bare))
		return gm_error(GM_EUSAGE, "'fork status' takes --no-fetch only");
	if (!is_status && no_fetch)
		return gm_error(GM_EUSAGE, "only 'fork status' takes --no-fetch");
	return 0;
}

int gm_cmd_fork(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"fork [<options>] <url> [<dir>]", "fork status [--no-fetch]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gm_clone_request request = {.remote = "upstream", .is_fork = true};
	bool no_fetch = false;
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 'b', "branch", &request.branch, "NAME",
			"the branch to fork, instead of the remote's", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "object-store", &request.layout, "LAYOUT",
			"how all of it lies on disk: compact segments, or Git's own way",
			GM_LAYOUT_CHOICES, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-fetch", &no_fetch, NULL,
			"go by what was fetched before", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "fork",
		.synopsis = synopsis,
		.summary = "Go one's own way from what another repository has.",
		.options = table,
		.arguments = GM_COMPLETE_DIR,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	bool is_status = args.n_rest && !strcmp(args.rest[0], "status");
	rc = is_status ? gm_command_expect_args(&args, 1, 1)
		       : gm_command_expect_args(&args, 1, 2);
	if (rc == 0)
		rc = check_options(&request, is_status, no_fetch);
	if (rc < 0 || is_status)
		return rc < 0 ? rc : gm_fork_status(call, no_fetch);
	request.url = args.rest[0];
	request.dir = args.n_rest > 1 ? args.rest[1] : NULL;
	return gm_clone_and_tell(call, &request);
}
