#include "cmd/bisect.h"

#include <string.h>

#include "cmd/commands.h"

int gm_bisect_read(struct gm_bisection *out, struct gm_call *call)
{
	int rc = gm_bisection_read(out, call->repo);

	if (rc < 0 || out->is_started)
		return rc;
	rc = gm_error(GM_ENOTFOUND, "there is no bisection");
	gm_error_hint("'gitmem bisect start' begins one");
	return rc;
}

int gm_bisect_log(struct gm_call *call)
{
	gm_autobisection bisection = GM_BISECTION_INIT;
	gm_autobuf log = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_bisect_read(&bisection, call);

	if (rc == 0)
		rc = gm_bisection_read_log(&log, call->repo);
	if (rc == 0 && call->json) {
		gm_autojson *object = gm_json_object();
		rc = gm_json_set_string(object, "log", gm_buf_str(&log));
		return rc < 0 ? rc : gm_print_json(gm_steal(&object));
	}
	if (rc == 0)
		rc = gm_call_page(call);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&log));
}

int gm_bisect_reset(struct gm_call *call)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = NULL;
	gm_autobisection bisection = GM_BISECTION_INIT;
	int rc = gm_call_lock(&lock, call);

	if (rc == 0)
		rc = gm_bisection_read(&bisection, call->repo);
	if (rc == 0 && !bisection.is_started)
		gm_talk(call, "there is no bisection");
	/* Also what one that was cut short has left. */
	return rc < 0 ? rc : gm_bisection_end(call->repo, lock);
}

/* The arguments behind the subcommand: `min` to `max` of them. */
static int expect(const struct gm_options_result *args, size_t min, size_t max)
{
	return gm_command_expect_args(args, min, max);
}

static int run_parsed(struct gm_call *call, const char *verb,
	const struct gm_options_result *args, const struct gm_bisect_options *options)
{
	int rc = 0;

	if (strcmp(verb, "start") != 0 &&
		(options->bad || options->good || options->first_parent))
		return gm_error(GM_EUSAGE, "options are for 'gitmem bisect start' only");
	if (!strcmp(verb, "start"))
		return gm_bisect_start(call, args, options);
	if (!strcmp(verb, "replay")) {
		rc = expect(args, 1, 1);
		return rc < 0 ? rc : gm_bisect_replay(call, args->rest[0]);
	}
	bool is_next = !strcmp(verb, "next");
	bool is_log = !strcmp(verb, "log");
	if (!is_next && !is_log && strcmp(verb, "reset") != 0)
		return gm_bisect_mark(call, verb, args->rest, args->n_rest);
	rc = expect(args, 0, 0);
	if (rc < 0)
		return rc;
	return is_next   ? gm_bisect_next(call)
		: is_log ? gm_bisect_log(call)
			 : gm_bisect_reset(call);
}

/* All behind `run` is the command to run, whatever it looks like. */
static int run_verb(struct gm_call *call, const struct gm_usage *usage, int argc,
	char **argv, const struct gm_bisect_options *options)
{
	gm_autoargs args = GM_ARGS_INIT;
	int rc = 0;

	if (strcmp(argv[0], "run") != 0)
		rc = gm_command_parse(&args, call, usage, argc - 1, argv + 1);
	else if (argc < 2)
		rc = gm_error(GM_EUSAGE, "an argument is missing");
	if (rc)
		return rc;
	rc = gm_call_open(call);
	if (rc < 0)
		return rc;
	return strcmp(argv[0], "run") != 0
		? run_parsed(call, argv[0], &args, options)
		: gm_bisect_run(call, argv + 1, (size_t)argc - 1);
}

int gm_cmd_bisect(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"bisect start [<options>] [<bad> [<good>...]] [-- <memory>...]",
		"bisect (bad | new) [<revision>]", "bisect (good | old) [<revision>...]",
		"bisect skip [<revision> | <range>]...", "bisect next",
		"bisect run <command> [<argument>...]", "bisect log",
		"bisect replay <file>", "bisect reset", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	struct gm_bisect_options options = {.bad = NULL};
	const struct gm_option table[] = {
		{GM_OPTION_BOOL, 0, "first-parent", &options.first_parent, NULL,
			"look at merges as a whole, not at what they brought in", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "term-bad", &options.bad, "WORD",
			"what to call commits that have what is looked for", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "term-good", &options.good, "WORD",
			"what to call commits that do not have it yet", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "term-new", &options.bad, "WORD",
			"the same as --term-bad", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "term-old", &options.good, "WORD",
			"the same as --term-good", NULL, GM_COMPLETE_NONE},
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "bisect",
		.synopsis = synopsis,
		.summary = "Find the commit that brought something about.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
		.verbs = "start|bad|good|new|old|skip|next|run|log|replay|reset",
	};

	int rc = gm_command_parse_verb(&args, call, &usage, argc, argv);
	if (rc == 0)
		rc = gm_command_expect_args(&args, 1, SIZE_MAX);
	if (rc)
		return rc;
	return run_verb(call, &usage, (int)args.n_rest, argv + (argc - (int)args.n_rest),
		&options);
}
