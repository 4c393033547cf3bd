#include <string.h>

#include "base/interrupt.h"
#include "cmd/clone_tell.h"
#include "cmd/commands.h"
#include "cmd/layout.h"

int gm_cmd_clone(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"clone [<options>] <url> [<dir>]", "clone [<options>] --attach", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gm_clone_request request = {.remote = "origin"};
	const struct gm_option table[] = {
		{GM_OPTION_STRING, 'b', "branch", &request.branch, "NAME",
			"the branch to be on, instead of the remote's", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "bare", &request.is_bare, NULL,
			"make the folder itself the repository", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 'o', "origin", &request.remote, "NAME",
			"what the remote is called here; \"origin\" when not given", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "attach", &request.is_attached, NULL,
			"bring in the memory of the project we are in, from its own "
			"remote",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "object-store", &request.layout, "LAYOUT",
			"how all of it lies on disk: compact segments, or Git's own way",
			GM_LAYOUT_CHOICES, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "progress", &call->progress, NULL,
			"show progress also when not on a terminal", NULL,
			GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "clone",
		.synopsis = synopsis,
		.summary = "Make a repository of what another one has.",
		.options = table,
		.arguments = GM_COMPLETE_DIR,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = request.is_attached ? gm_command_expect_args(&args, 0, 0)
				 : gm_command_expect_args(&args, 1, 2);
	if (rc < 0)
		return rc;
	if (request.is_attached && request.is_bare)
		return gm_error(GM_EUSAGE, "--attach and --bare exclude each other");
	request.url = args.n_rest ? args.rest[0] : NULL;
	request.dir = args.n_rest > 1 ? args.rest[1] : NULL;
	return gm_clone_and_tell(call, &request);
}
