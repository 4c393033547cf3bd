#include <stdint.h>

#include "cmd/commands.h"
#include "cmd/pick.h"

int gm_cmd_revert(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"revert [-m <parent>] [-e] [-n] [--strategy <which>] <revision>...",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gm_pick_options options = GM_PICK_OPTIONS_INIT;
	struct gm_option table[GM_PICK_OPTIONS + 1];
	const struct gm_usage usage = {
		.command = "revert",
		.synopsis = synopsis,
		.summary = "Undo what commits changed, by new commits.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	options.is_revert = true;
	gm_pick_options_fill(table, &options);
	table[GM_PICK_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	return rc < 0 ? rc : gm_pick_all(call, &args, &options);
}
