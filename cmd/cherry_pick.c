#include <stdint.h>

#include "cmd/commands.h"
#include "cmd/pick.h"

int gm_cmd_cherry_pick(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"cherry-pick [-m <parent>] [-e] [-n] [-x] "
					       "[--strategy <which>] <revision>...",
		NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gm_pick_options options = GM_PICK_OPTIONS_INIT;
	struct gm_option table[GM_PICK_OPTIONS + 2];
	const struct gm_usage usage = {
		.command = "cherry-pick",
		.synopsis = synopsis,
		.summary = "Do once more what commits changed, by new commits.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};

	gm_pick_options_fill(table, &options);
	table[GM_PICK_OPTIONS] =
		(struct gm_option){GM_OPTION_BOOL, 'x', NULL, &options.tells_origin, NULL,
			"add the line \"(cherry picked from commit ...)\"", NULL,
			GM_COMPLETE_NONE};
	table[GM_PICK_OPTIONS + 1] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	return rc < 0 ? rc : gm_pick_all(call, &args, &options);
}
