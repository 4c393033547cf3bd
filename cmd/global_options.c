#include "cmd/global_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void gm_global_options_fill(struct gm_option out[GM_GLOBAL_OPTIONS], struct gm_call *call)
{
	const struct gm_option options[GM_GLOBAL_OPTIONS] = {
		{GM_OPTION_STRING, 0, "branch", &call->branch, "NAME",
			"act on this branch without moving HEAD", NULL,
			GM_COMPLETE_BRANCH},
		{GM_OPTION_BOOL, 0, "json", &call->json, NULL, "print JSON", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "color", &call->color, "WHEN",
			"colour the output: auto, always or never", "auto|always|never",
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "no-pager", &call->no_pager, NULL,
			"do not page the output", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 'q', "quiet", &call->quiet, NULL,
			"say nothing but answers and errors", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_COUNT, 'v', "verbose", &call->verbose, NULL, "say more", NULL,
			GM_COMPLETE_NONE},
	};

	memcpy(out, options, sizeof(options));
}

static int choose(struct gm_call *call, const char *name)
{
	call->command = gm_command_find(name);
	if (call->command)
		return 0;
	int rc = gm_error(GM_EUSAGE, "'%s' is not a gitmem command", name);
	gm_error_hint("'gitmem help' lists the commands");
	return rc;
}

void gm_program_options_fill(
	struct gm_option out[GM_PROGRAM_OPTIONS], struct gm_call *call, bool *version)
{
	gm_global_options_fill(out, call);
	out[GM_GLOBAL_OPTIONS] =
		(struct gm_option){GM_OPTION_STRV, 'C', NULL, &call->directories, "DIR",
			"run as if started there", NULL, GM_COMPLETE_DIR};
	out[GM_GLOBAL_OPTIONS + 1] = (struct gm_option){GM_OPTION_BOOL, 0, "version",
		version, NULL, "print the version", NULL, GM_COMPLETE_NONE};
}

int gm_call_enter(const struct gm_call *call)
{
	for (size_t i = 0; i < call->directories.n; i++) {
		const char *directory = call->directories.items[i];
		if (*directory && chdir(directory) < 0)
			return gm_error_errno("cannot change to '%s'", directory);
	}
	return 0;
}

int gm_global_options_parse(
	int *n_out, char ***args_out, struct gm_call *call, int argc, char **argv)
{
	gm_autoargs parsed = GM_ARGS_INIT;
	struct gm_option options[GM_PROGRAM_OPTIONS + 1];
	bool version = false;

	gm_program_options_fill(options, call, &version);
	options[GM_PROGRAM_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	const char *branch = getenv("GITMEM_BRANCH");
	if (branch && *branch)
		call->branch = branch;
	int rc = gm_options_parse(&parsed, options, argc, argv, true);
	if (rc == 0)
		rc = gm_call_enter(call);
	if (rc < 0)
		return rc;
	if (version || parsed.help || !parsed.n_rest) {
		*n_out = 0;
		return choose(call, version ? "version" : "help");
	}
	*n_out = (int)parsed.n_rest - 1;
	*args_out = argv + (argc - (int)parsed.n_rest) + 1;
	return choose(call, parsed.rest[0]);
}
