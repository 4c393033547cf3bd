#include <stdint.h>

#include "cmd/commands.h"
#include "cmd/complete.h"
#include "cmd/completion_scripts.h"

static int print_script(const char *shell)
{
	const char *script = gm_completion_script(shell);

	if (script)
		return gm_print("%s", script);
	return gm_error(
		GM_EUSAGE, "no completion for '%s': bash, zsh and fish have one", shell);
}

int gm_cmd_completion(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"completion (bash | zsh | fish)", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	bool words = false;
	const struct gm_option table[] = {
		/* For the scripts: what could the last of these words become? */
		{GM_OPTION_BOOL, 0, "words", &words, NULL, NULL, NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "completion",
		.synopsis = synopsis,
		.summary = "Print a completion script for a shell.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	if (words)
		return gm_complete(call, args.rest, args.n_rest);
	rc = gm_command_expect_args(&args, 1, 1);
	return rc < 0 ? rc : print_script(args.rest[0]);
}
