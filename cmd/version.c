#include "cmd/commands.h"

int gm_cmd_version(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"version", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	const struct gm_option table[] = {GM_OPTION_TABLE_END};
	const struct gm_usage usage = {
		.command = "version",
		.synopsis = synopsis,
		.summary = "Print the version.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc < 0)
		return rc;
	if (!call->json)
		return gm_print("gitmem version %s\n", GM_VERSION);
	gm_autojson *object = gm_json_object();
	rc = object ? gm_json_set_string(object, "version", GM_VERSION) : GM_ENOMEM;
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}
