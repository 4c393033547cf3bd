#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/log_filter.h"
#include "cmd/log_revisions.h"
#include "cmd/log_show.h"
#include "cmd/text.h"

struct log_options {
	size_t limit; /* SIZE_MAX: none */
	size_t skip;
	bool reverse;
	bool first_parent;
	bool topo_order;
	bool date_order;
	gm_time since, until;
};

struct log {
	struct gm_call *call;
	struct log_options options;
	struct gm_log_revisions revisions;
	struct gm_log_filter filter;
	struct gm_log_show show;
	size_t n_walked;
};

static void log_dispose(struct log *log)
{
	gm_log_revisions_dispose(&log->revisions);
	gm_log_filter_dispose(&log->filter);
	gm_log_show_dispose(&log->show);
}

static enum gm_walk_order order_of(const struct log *log)
{
	if (log->options.date_order)
		return GM_WALK_TOPOLOGICAL_BY_DATE;
	return log->options.topo_order || log->show.graph ? GM_WALK_TOPOLOGICAL
							  : GM_WALK_BY_DATE;
}

static int begin_walk(struct gm_walk **out, struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	int rc = gm_walk_new(&walk, gm_repo_store(log->call->repo), order_of(log));

	if (rc < 0)
		return rc;
	if (log->options.first_parent)
		gm_walk_first_parent(walk);
	gm_walk_limit_times(walk, log->options.since, log->options.until);
	rc = gm_log_revisions_push(&log->revisions, walk);
	if (rc < 0)
		return rc;
	*out = gm_steal(&walk);
	return 0;
}

/* A drawing needs to know which parents will be shown, so history is walked ahead for it. */
static int survey(struct gm_walk **out, struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = begin_walk(&walk, log);

	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0) {
		rc = gm_log_filter_match(&log->filter, &commit);
		if (rc >= 0)
			rc = gm_log_parents_add(&log->show.parents, &commit.oid, rc > 0);
		if (rc == 0)
			rc = gm_interrupted();
	}
	if (rc < 0)
		return rc;
	log->show.parents.first_parent = log->options.first_parent;
	log->show.parents.graph = gm_walk_graph(walk);
	*out = gm_steal(&walk);
	return 0;
}

typedef int (*log_commit_fn)(
	struct log *log, const struct gm_commit *commit, void *payload);

/* Every commit that is to be shown, newest first. */
static int each_commit(
	struct log *log, struct gm_walk *walk, log_commit_fn each, void *payload)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	size_t skip = log->options.skip;
	size_t left = log->options.limit;
	int rc = 0;

	while (rc == 0 && left && (rc = gm_walk_next(&commit, walk)) > 0) {
		log->n_walked++;
		rc = gm_log_filter_match(&log->filter, &commit);
		if (rc > 0 && skip) {
			skip--;
			rc = 0;
		} else if (rc > 0) {
			rc = each(log, &commit, payload);
			left--;
		}
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

static int show_commit(struct log *log, const struct gm_commit *commit, void *payload)
{
	(void)payload;
	return gm_log_show_commit(&log->show, commit);
}

static int collect_commit(struct log *log, const struct gm_commit *commit, void *payload)
{
	struct gm_oids *list = payload;
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	(void)log;
	if (rc == 0)
		list->items[list->n++] = commit->oid;
	return rc;
}

static int show_reversed(struct log *log, struct gm_walk *walk)
{
	struct gm_oids list = {NULL, 0, 0};
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = each_commit(log, walk, collect_commit, &list);

	for (size_t i = list.n; rc == 0 && i-- > 0;) {
		rc = gm_commit_read(
			&commit, gm_repo_store(log->call->repo), &list.items[i]);
		if (rc == 0)
			rc = gm_log_show_commit(&log->show, &commit);
		if (rc == 0)
			rc = gm_interrupted();
	}
	gm_free(list.items);
	return rc;
}

static int show_all(struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *surveyed = NULL;
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	int rc = log->show.graph ? survey(&surveyed, log) : 0;

	if (rc == 0)
		rc = begin_walk(&walk, log);
	if (rc < 0)
		return rc;
	log->show.walk = walk;
	return log->options.reverse ? show_reversed(log, walk)
				    : each_commit(log, walk, show_commit, NULL);
}

/* Whether all of a history was looked at, up to what the filter chose of it. */
static bool is_whole(const struct log *log)
{
	return log->options.limit && !log->options.first_parent &&
		log->options.since == GM_TIME_NONE &&
		log->options.until == GM_TIME_NONE &&
		!gm_log_revisions_hide(&log->revisions);
}

static int run(struct log *log, const struct gm_options_result *args)
{
	int rc = gm_call_open(log->call);

	if (rc < 0)
		return rc;
	log->show.call = log->call;
	log->show.names = &log->revisions.names;
	log->show.graph = log->show.graph && !log->call->json;
	log->show.terminal = gm_output_is_terminal();
	rc = gm_log_revisions_parse(&log->revisions, log->call, args);
	if (rc == 0)
		rc = gm_call_page(log->call);
	if (rc == 0)
		rc = show_all(log);
	/* Of a whole history that never knew the name the answer is not "nothing". */
	const char *unknown = log->revisions.names.unknown;
	if (rc == 0 && unknown && !log->n_walked && is_whole(log))
		rc = gm_error(GM_ENOTFOUND, "no memory '%s' in this history", unknown);
	return rc;
}

static int check_options(struct log *log, const char *since, const char *until)
{
	int rc = 0;

	if (log->options.reverse && log->show.graph)
		return gm_error(
			GM_EUSAGE, "--reverse and --graph cannot be used together");
	if (since)
		rc = gm_parse_time_option(&log->options.since, "--since", since);
	if (rc == 0 && until)
		rc = gm_parse_time_option(&log->options.until, "--until", until);
	return rc < 0 ? rc : gm_log_filter_compile(&log->filter);
}

/* Options without a value, and with one. */
#define FLAG(letter, name, value, help)                                                 \
	{                                                                               \
		GM_OPTION_BOOL, letter, name, value, NULL, help, NULL, GM_COMPLETE_NONE \
	}
#define VALUE(type, letter, name, value, argument, help)                          \
	{                                                                         \
		type, letter, name, value, argument, help, NULL, GM_COMPLETE_NONE \
	}

int gm_cmd_log(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {
		"log [<options>] [<revision-range>...] [-- <memory>...]", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(log_dispose) struct log log = {
		.call = call,
		.options = {.limit = SIZE_MAX,
			.since = GM_TIME_NONE,
			.until = GM_TIME_NONE},
		.revisions = GM_LOG_REVISIONS_INIT,
		.filter = GM_LOG_FILTER_INIT,
		.show = GM_LOG_SHOW_INIT,
	};
	const char *since = NULL, *until = NULL;
	const struct gm_option table[] = {
		VALUE(GM_OPTION_SIZE, 'n', "max-count", &log.options.limit, "N",
			"show at most N commits"),
		VALUE(GM_OPTION_SIZE, 0, "skip", &log.options.skip, "N",
			"leave the first N commits out"),
		FLAG(0, "oneline", &log.show.oneline, "show each commit in one line"),
		FLAG(0, "graph", &log.show.graph, "draw how the commits hang together"),
		FLAG(0, "stat", &log.show.stat, "name the memories that each changed"),
		FLAG('p', "patch", &log.show.patch, "show what each changed, as a patch"),
		VALUE(GM_OPTION_STRV, 0, "author", &log.filter.author, "PATTERN",
			"only commits whose author, \"name <mail>\", matches"),
		VALUE(GM_OPTION_STRING, 0, "agent", &log.filter.agent, "NAME",
			"only commits of the agent of this name"),
		VALUE(GM_OPTION_STRV, 0, "grep", &log.filter.grep, "PATTERN",
			"only commits with a line in their message that matches"),
		FLAG(0, "invert-grep", &log.filter.inverted,
			"only those it does not match"),
		FLAG('i', "regexp-ignore-case", &log.filter.any_case,
			"patterns match in upper and lower case"),
		FLAG('E', "extended-regexp", &log.filter.extended,
			"patterns are extended regular expressions"),
		FLAG('F', "fixed-strings", &log.filter.fixed, "patterns are plain text"),
		VALUE(GM_OPTION_STRING, 0, "since", &since, "TIME", "only since then"),
		VALUE(GM_OPTION_STRING, 0, "until", &until, "TIME", "only up to then"),
		FLAG(0, "no-merges", &log.filter.no_merges,
			"no commits of several parents"),
		FLAG(0, "merges", &log.filter.merges, "only commits of several parents"),
		FLAG(0, "first-parent", &log.options.first_parent,
			"go on from a merge to its first parent only"),
		FLAG(0, "all", &log.revisions.all, "begin at every ref, and HEAD"),
		FLAG(0, "branches", &log.revisions.branches, "begin at every branch"),
		FLAG(0, "tags", &log.revisions.tags, "begin at every tag"),
		FLAG(0, "remotes", &log.revisions.remotes,
			"begin at every remote branch"),
		FLAG(0, "topo-order", &log.options.topo_order,
			"no commit before its children, one line after the other"),
		FLAG(0, "date-order", &log.options.date_order,
			"no commit before its children, else by date"),
		FLAG(0, "reverse", &log.options.reverse, "show the oldest first"),
		GM_OPTION_TABLE_END,
	};
	const struct gm_usage usage = {
		.command = "log",
		.synopsis = synopsis,
		.summary = "Show the history, newest first.",
		.options = table,
		.arguments = GM_COMPLETE_REVISION,
	};
	int rc = gm_command_parse(&args, call, &usage, argc, argv);

	if (rc == 0)
		rc = check_options(&log, since, until);
	return rc ? rc : run(&log, &args);
}
