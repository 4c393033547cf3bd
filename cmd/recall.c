#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/embedding.h"
#include "cmd/filter_options.h"
#include "cmd/learning.h"
#include "cmd/query_filters.h"
#include "cmd/recall_lines.h"
#include "cmd/recall_output.h"
#include "cmd/text.h"

#define K_MAX 1000

struct recall_options {
	struct gm_filter_options filter;
	struct gm_recall_options recall;
	const char *mode;
	const char *prefer;
	bool lines; /* the queries are on standard input */
	struct gm_recall_output output;
};

static void options_dispose(struct recall_options *options)
{
	gm_filter_options_dispose(&options->filter);
}

/* One question after the other, each to the revision as it is when it is asked. */
struct asker {
	const struct recall_options *options;
	struct gm_filter filter; /* of the options */
	struct gm_view view;
};

static void asker_dispose(struct asker *asker)
{
	gm_view_dispose(&asker->view);
}

static int begin(
	struct asker *out, struct gm_call *call, const struct recall_options *options)
{
	*out = (struct asker){
		.options = options, .filter = GM_FILTER_INIT, .view = GM_VIEW_INIT(call)};
	out->filter.hide_stale = !options->output.all;
	int rc = gm_filter_options_apply(&out->filter, &options->filter);
	return rc < 0 ? rc : gm_call_open(call);
}

static enum gm_recall_mode mode_of(const char *name)
{
	if (!strcmp(name, "lexical"))
		return GM_RECALL_LEXICAL;
	return strcmp(name, "vector") != 0 ? GM_RECALL_HYBRID : GM_RECALL_VECTOR;
}

static enum gm_recall_preference preference_of(const char *name)
{
	if (!name)
		return GM_RECALL_PREFER_NOTHING;
	return strcmp(name, "recent") != 0 ? GM_RECALL_PREFER_IMPORTANT
					   : GM_RECALL_PREFER_RECENT;
}

/* There are no vectors: what to do depends on whether there can be some. */
static void hint_at_vectors(const struct gm_index *index)
{
	struct gm_vector_state state;

	gm_index_vector_state(&state, index);
	gm_error_hint(state.missing && !*state.trouble
			? "'gitmem reindex' makes them, or tells why it cannot"
			: "'--mode lexical' finds memories by their words");
}

/* With --all, how they stand is found, too. */
static int find(struct gm_hits *out, struct gm_standing *standing_out,
	struct asker *asker, const char *query)
{
	const struct recall_options *options = asker->options;
	gm_autoqueryfilters filters = GM_QUERY_FILTERS_INIT;
	struct gm_filter filter = asker->filter;
	struct gm_recall_options recall = options->recall;
	struct gm_moment moment;
	struct gm_index *index;
	int rc = gm_query_filters_apply(&filters, &filter, query);

	if (rc == 0)
		rc = gm_call_moment(&moment, asker->view.call, options->filter.at);
	if (rc < 0)
		return rc;
	rc = gm_view_move(&asker->view, &moment.tree);
	if (rc < 0)
		return rc;
	filter.now = moment.time;
	recall.filter = &filter;
	recall.mode = mode_of(options->mode);
	recall.prefer = preference_of(options->prefer);
	recall.duplicates = options->output.all;
	recall.explain = options->output.explain;
	rc = gm_view_index(&index, &asker->view);
	if (rc == 0 && recall.mode != GM_RECALL_LEXICAL)
		rc = gm_call_learn(asker->view.call, index, GM_LEARN_QUICK);
	if (rc == 0)
		rc = gm_index_recall(out, index, query, &recall);
	if (rc == 0 && recall.mode != GM_RECALL_LEXICAL)
		gm_call_tell_embedding(asker->view.call, index);
	if (rc == GM_EUSAGE && filters.parts.filters.n)
		gm_error_hint("'gitmem list' lists what filters let through");
	else if (rc == GM_ERROR && recall.mode == GM_RECALL_VECTOR)
		hint_at_vectors(index);
	else if (rc == GM_EUSAGE && filters.parts.excluded.n)
		gm_error_hint("a word behind a dash is one that must not be there");
	return rc < 0 || !options->output.all
		? rc
		: gm_standing_open(standing_out, &asker->view, moment.time);
}

/* The answer is out: whoever comes next finds more memories with vectors. */
static int catch_up(struct asker *asker)
{
	struct gm_vector_state state;

	if (!asker->view.index)
		return 0;
	gm_index_vector_state(&state, asker->view.index);
	if (!state.missing || *state.trouble)
		return 0;
	if (fflush(stdout))
		return gm_output_failed();
	int rc = gm_call_embed(asker->view.call, asker->view.index, GM_EMBED_THEN);
	gm_index_vector_state(&state, asker->view.index);
	if (rc == 0 && *state.trouble)
		gm_warn("no vectors were made: %s", state.trouble);
	return rc;
}

static int run(struct gm_call *call, const struct gm_options_result *args,
	struct recall_options *options)
{
	gm_cleanup(asker_dispose) struct asker asker = {.view = GM_VIEW_INIT(call)};
	gm_autobuf query = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autohits hits = GM_HITS_INIT;
	gm_autostanding standing = GM_STANDING_INIT;
	size_t n = 0;
	int rc = begin(&asker, call, options);

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++)
		rc = gm_buf_printf(&query, "%s%s", i ? " " : "", args->rest[i]);
	if (rc == 0)
		rc = find(&hits, &standing, &asker, gm_buf_str(&query));
	if (rc == 0 && hits.n)
		rc = gm_call_page(call);
	if (rc == 0)
		rc = gm_recall_print(&n, &options->output, &hits, &standing);
	if (rc == 0)
		rc = catch_up(&asker);
	return rc == 0 && !n ? gm_error(GM_ENO, "%s", "") : rc;
}

/* What ends the answer to one of several queries; `error` NULL: it could be asked. */
static int print_end(
	const struct gm_recall_output *output, size_t n, const struct gm_error *error)
{
	gm_autojson *end = NULL;

	if (!output->call->json)
		return gm_recall_print_end(output);
	end = gm_json_object();
	int rc = gm_json_set_string(end, "query", output->query);
	if (rc == 0)
		rc = gm_json_set_int(end, "hits", (long long)n);
	if (rc == 0 && error)
		rc = gm_json_set_string(end, "error", error->message);
	return rc < 0 ? rc : gm_print_json(gm_steal(&end));
}

static int print_query(const struct gm_recall_output *output)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);

	if (output->call->json || output->ids || output->format)
		return 0;
	int rc = gm_buf_puts(&line, "query: ");
	if (rc == 0)
		rc = gm_puts_safe(&line, output->query);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

/* A query that cannot be asked is told; those behind it are answered. */
static int answer_line(size_t *n_out, struct asker *asker, struct gm_query_lines *lines,
	struct gm_recall_output *output)
{
	gm_autohits hits = GM_HITS_INIT;
	gm_autostanding standing = GM_STANDING_INIT;
	struct gm_error error = {.code = GM_OK};

	output->query = gm_buf_str(&lines->line);
	int rc = lines->too_long
		? gm_error(GM_EUSAGE, "the query is longer than %zu bytes",
			  GM_QUERY_LINE_MAX)
		: find(&hits, &standing, asker, output->query);
	if (rc == GM_EUSAGE) {
		error = *gm_error_last();
		gm_warn("line %zu: %s", lines->number, error.message);
		rc = 0;
	}
	if (rc == 0)
		rc = print_query(output);
	if (rc == 0)
		rc = gm_recall_print(n_out, output, &hits, &standing);
	if (rc == 0)
		rc = print_end(output, *n_out, error.code ? &error : NULL);
	return rc == 0 && fflush(stdout) ? gm_output_failed() : rc;
}

static int run_lines(struct gm_call *call, struct recall_options *options)
{
	gm_cleanup(asker_dispose) struct asker asker = {.view = GM_VIEW_INIT(call)};
	gm_autoquerylines lines = GM_QUERY_LINES_INIT(STDIN_FILENO);
	bool found = false;
	int rc = begin(&asker, call, options);

	while (rc == 0 && (rc = gm_query_lines_next(&lines)) > 0) {
		size_t n = 0;
		rc = answer_line(&n, &asker, &lines, &options->output);
		found = found || n;
	}
	if (rc == 0)
		rc = catch_up(&asker);
	return rc == 0 && !found ? gm_error(GM_ENO, "%s", "") : rc;
}

static int check_query(
	const struct gm_options_result *args, const struct recall_options *options)
{
	bool words = false;

	if (options->lines)
		return args->n_rest
			? gm_error(GM_EUSAGE, "--stdin: the queries are read, not given")
			: 0;
	for (size_t i = 0; i < args->n_rest; i++)
		words = words || args->rest[i][strspn(args->rest[i], " \t\r\n")];
	return words ? 0 : gm_error(GM_EUSAGE, "the query is empty");
}

static int check(
	const struct gm_options_result *args, const struct recall_options *options)
{
	int rc = check_query(args, options);

	if (rc == 0)
		rc = gm_recall_output_check(&options->output);
	if (rc < 0)
		return rc;
	if (options->recall.k < 1 || options->recall.k > K_MAX)
		return gm_error(GM_EUSAGE, "-k: %zu is not between 1 and %d",
			options->recall.k, K_MAX);
	return 0;
}

#define OWN_OPTIONS 9

static void fill_options(
	struct gm_option out[OWN_OPTIONS], struct recall_options *options)
{
	const struct gm_option table[OWN_OPTIONS] = {
		{GM_OPTION_SIZE, 'k', NULL, &options->recall.k, "N",
			"show at most N memories (default 10, at most 1000)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "mode", &options->mode, "MODE",
			"how to rank: hybrid, lexical or vector", "hybrid|lexical|vector",
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "prefer", &options->prefer, "WHICH",
			"let it count a little, too: recent or important",
			"recent|important", GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "all", &options->output.all, NULL,
			"also superseded and out-of-date memories and near-duplicates",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "explain", &options->output.explain, NULL,
			"say why each memory was found", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "ids", &options->output.ids, NULL,
			"print ids and nothing else", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "format", &options->output.format, "FORMAT",
			"print this of each memory, such as '{id}\\t{key}'", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, '0', NULL, &options->output.nul, NULL,
			"end each line of --ids or --format with NUL", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "stdin", &options->lines, NULL,
			"answer the queries on standard input, one a line", NULL,
			GM_COMPLETE_NONE},
	};

	memcpy(out, table, sizeof(table));
}

/* No option has a blank before its value: this was to be a query. */
static void hint_at_dashes(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (*argv[i] == '-' && strpbrk(argv[i], " \"") && !strchr(argv[i], '='))
			gm_error_hint(
				"a query that begins with a dash stands behind '--'");
}

int gm_cmd_recall(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"recall [<options>] <query>...", "recall [<options>] --stdin", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(options_dispose) struct recall_options options = {
		.filter = GM_FILTER_OPTIONS_INIT,
		.recall = GM_RECALL_OPTIONS_INIT,
		.mode = "hybrid"};
	struct gm_option table[GM_FILTER_OPTIONS + OWN_OPTIONS + 1];
	const struct gm_usage usage = {
		.command = "recall",
		.synopsis = synopsis,
		.summary = "Find the memories that answer a question, best first.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	fill_options(table, &options);
	gm_filter_options_fill(table + OWN_OPTIONS, &options.filter);
	table[GM_FILTER_OPTIONS + OWN_OPTIONS] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc == GM_EUSAGE)
		hint_at_dashes(argc, argv);
	if (rc)
		return rc;
	options.output.call = call;
	options.output.raw = !gm_output_is_terminal();
	options.output.columns = gm_recall_text_columns();
	rc = check(&args, &options);
	if (rc < 0)
		return rc;
	return options.lines ? run_lines(call, &options) : run(call, &args, &options);
}
