#include <string.h>

#include "cmd/commands.h"
#include "cmd/export.h"

struct export_options {
	const char *format;
	const char *at;
	const char *output;
};

static int run(struct gm_call *call, const struct export_options *options)
{
	struct gm_export_counts counts = {0};
	struct gm_moment moment;
	int rc = gm_call_moment(&moment, call, options->at);

	if (rc < 0)
		return rc;
	rc = strcmp(options->format, "jsonl")
		? gm_export_markdown(&counts, call, &moment.tree, options->output)
		: gm_export_jsonl(&counts, call, &moment.tree, options->output);
	if (rc < 0)
		return rc;
	if (counts.left_out)
		gm_warn("%zu files that are no memories are left out", counts.left_out);
	if (options->output && strcmp(options->output, "-"))
		gm_talk(call, "exported %zu memories", counts.memories);
	return 0;
}

int gm_cmd_export(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"export [--format jsonl] [--at <revision>] [-o <file>]",
		"export --format markdown [--at <revision>] -o <dir>", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct export_options options = {.format = "jsonl"};
	const struct gm_option table[] = {
		{GM_OPTION_CHOICE, 0, "format", &options.format, "FORMAT",
			"jsonl: one memory a line; markdown: a folder of files",
			"jsonl|markdown", GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "at", &options.at, "REVISION",
			"as it was at that revision", NULL, GM_COMPLETE_REVISION},
		{GM_OPTION_STRING, 'o', "output", &options.output, "PATH",
			"where to write; jsonl goes to standard output without it", NULL,
			GM_COMPLETE_FILE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "export",
		.synopsis = synopsis,
		.summary = "Take memories out, as JSON Lines or as a folder of notes.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc)
		return rc;
	rc = gm_command_expect_args(&args, 0, 0);
	if (rc == 0 && !strcmp(options.format, "markdown") && !options.output)
		rc = gm_error(GM_EUSAGE, "--format markdown needs a folder: -o DIR");
	if (rc == 0)
		rc = gm_call_open(call);
	return rc < 0 ? rc : run(call, &options);
}
