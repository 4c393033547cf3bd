#include "cmd/commands.h"
#include "cmd/filter_options.h"
#include "cmd/merge_waiting.h"
#include "cmd/standing.h"
#include "cmd/text.h"

struct list_options {
	struct gm_filter_options filter;
	const char *key;
	size_t limit; /* SIZE_MAX: none */
	bool conflicts;
};

static void options_dispose(struct list_options *options)
{
	gm_filter_options_dispose(&options->filter);
}

static int print_memory(struct gm_call *call, const struct gm_memory *memory,
	const struct gm_standing *standing, size_t columns)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf note = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autojson *json = NULL;
	int rc;

	if (call->json) {
		rc = gm_memory_json(&json, call->repo, memory);
		if (rc == 0)
			rc = gm_set_standing(json, standing, &memory->record);
		return rc < 0 ? rc : gm_print_json(gm_steal(&json));
	}
	rc = gm_put_standing(&note, standing, &memory->record);
	if (rc == 0)
		rc = gm_memory_line(
			&line, memory, gm_buf_str(&note), columns, call->colored);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

/* Damage takes one memory away, not the others. */
static int print_hits(struct gm_call *call, const struct gm_hits *hits,
	const struct gm_standing *standing, size_t columns)
{
	size_t n_damaged = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hits->n; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		rc = gm_memory_read(
			&memory, call->repo, hits->items[i].path, &hits->items[i].blob);
		if (rc == 0) {
			rc = print_memory(call, &memory, standing, columns);
		} else if (rc == GM_EMISMATCH || rc == GM_ENOTFOUND) {
			gm_warn("'%s' is left out: %s", hits->items[i].path,
				gm_error_last()->message);
			n_damaged++;
			rc = 0;
		}
	}
	if (rc == 0 && n_damaged)
		gm_warn("%zu damaged %s left out; 'gitmem fsck' names what is broken",
			n_damaged, n_damaged == 1 ? "memory is" : "memories are");
	return rc;
}

static int run(struct gm_call *call, const struct list_options *options)
{
	gm_autoview view = GM_VIEW_INIT(call);
	gm_autohits hits = GM_HITS_INIT;
	gm_autostanding standing = GM_STANDING_INIT;
	struct gm_filter filter = GM_FILTER_INIT;
	struct gm_index *index;
	struct gm_moment moment;
	size_t columns = gm_output_is_terminal() ? gm_terminal_columns(stdout) : 0;
	int rc = gm_filter_options_apply(&filter, &options->filter);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = gm_call_moment(&moment, call, options->filter.at);
	if (rc < 0 || !options->limit)
		return rc;
	view.tree = moment.tree;
	filter.key_prefix = options->key;
	filter.conflicts_only = options->conflicts;
	rc = gm_view_index(&index, &view);
	if (rc == 0)
		rc = gm_index_list(&hits, index, &filter,
			options->limit == SIZE_MAX ? 0 : options->limit);
	if (rc == 0)
		rc = gm_standing_open(&standing, &view, moment.time);
	if (rc == 0)
		rc = gm_call_page(call);
	if (rc == 0)
		rc = print_hits(call, &hits, &standing, columns);
	return rc < 0 || !options->conflicts || options->filter.at
		? rc
		: gm_print_unsettled(call);
}

int gm_cmd_list(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"list [<options>]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(options_dispose) struct list_options options = {
		.filter = GM_FILTER_OPTIONS_INIT, .limit = SIZE_MAX};
	struct gm_option table[GM_FILTER_OPTIONS + 4];
	const struct gm_usage usage = {
		.command = "list",
		.synopsis = synopsis,
		.summary = "List the memories of a revision, oldest first.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	gm_filter_options_fill(table, &options.filter);
	table[GM_FILTER_OPTIONS] =
		(struct gm_option){GM_OPTION_STRING, 0, "key", &options.key, "PREFIX",
			"only memories whose key is this or lies below it", NULL,
			GM_COMPLETE_KEY};
	table[GM_FILTER_OPTIONS + 1] = (struct gm_option){GM_OPTION_SIZE, 'n', "limit",
		&options.limit, "N", "list at most N memories", NULL, GM_COMPLETE_NONE};
	table[GM_FILTER_OPTIONS + 2] =
		(struct gm_option){GM_OPTION_BOOL, 0, "conflicts", &options.conflicts,
			NULL, "only memories in conflict and those they conflict with",
			NULL, GM_COMPLETE_NONE};
	table[GM_FILTER_OPTIONS + 3] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc == 0)
		rc = gm_command_expect_args(&args, 0, 0);
	return rc ? rc : run(call, &options);
}
