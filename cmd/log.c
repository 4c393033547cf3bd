#include <string.h>

#include "base/interrupt.h"
#include "cmd/commands.h"
#include "cmd/commit_json.h"
#include "cmd/commit_text.h"
#include "cmd/log_graph.h"
#include "cmd/log_parents.h"
#include "cmd/names.h"
#include "dag/range.h"
#include "dag/walk.h"

/* How many common ancestors of A...B are looked for; histories in use have one or two. */
#define BASES_MAX 64

struct log_options {
	size_t limit; /* SIZE_MAX: none */
	bool oneline;
	bool graph;
	bool stat;
	const char *author;
	const char *agent;
	gm_time since, until;
};

struct log {
	struct gm_call *call;
	struct log_options options;
	struct gm_oids starts; /* to show what they reach */
	struct gm_oids hidden; /* and to leave out what these reach */
	struct gm_names names;
	struct gm_log_graph graph;
	struct gm_log_parents parents;
	size_t n_walked;
	size_t n_shown;
};

static void log_dispose(struct log *log)
{
	gm_free(log->starts.items);
	gm_free(log->hidden.items);
	gm_names_dispose(&log->names);
	gm_log_graph_dispose(&log->graph);
	gm_log_parents_dispose(&log->parents);
}

static int add_oid(struct gm_oids *list, const struct gm_oid *oid)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = *oid;
	return rc;
}

static int add_commit(struct log *log, struct gm_oids *list, const char *text)
{
	struct gm_oid oid;
	int rc = gm_revision_commit(&oid, log->call->repo, text, log->call->branch);

	return rc < 0 ? rc : add_oid(list, &oid);
}

static int add_symmetric(struct log *log, const struct gm_range *range)
{
	struct gm_oid bases[BASES_MAX];
	int n = 0;
	int rc = add_commit(log, &log->starts, range->left);

	if (rc == 0)
		rc = add_commit(log, &log->starts, range->right);
	if (rc == 0)
		n = gm_merge_bases(bases, BASES_MAX, gm_repo_store(log->call->repo),
			&log->starts.items[log->starts.n - 2],
			&log->starts.items[log->starts.n - 1]);
	if (n < 0)
		return n;
	for (int i = 0; rc == 0 && i < n; i++)
		rc = add_oid(&log->hidden, &bases[i]);
	return rc;
}

/* REV, ^REV, A..B or A...B. */
static int add_revision(struct log *log, const char *text)
{
	gm_autorange range = GM_RANGE_INIT;
	int rc;

	if (*text == '^')
		return add_commit(log, &log->hidden, text + 1);
	rc = gm_range_split(&range, text);
	if (rc < 0)
		return rc;
	if (!rc)
		return add_commit(log, &log->starts, text);
	if (range.symmetric)
		return add_symmetric(log, &range);
	rc = add_commit(log, &log->hidden, range.left);
	return rc < 0 ? rc : add_commit(log, &log->starts, range.right);
}

static int no_revision_or_memory(const char *text)
{
	int rc = gm_error(GM_ENOTFOUND, "no revision or memory '%s'", text);

	gm_error_hint("names of removed memories stand behind '--'");
	return rc;
}

/*
 * Without `--` the first argument that is no revision begins the names, which must then mean
 * something now. Returns how many arguments are revisions.
 */
static int add_revisions(
	size_t *n_out, struct log *log, const struct gm_options_result *args)
{
	size_t i = 0;
	int rc = 0;

	for (; i < args->n_before_dashes; i++) {
		rc = add_revision(log, args->rest[i]);
		bool none = rc == GM_ENOTFOUND || rc == GM_EINVALID;
		if (none && args->n_before_dashes == args->n_rest) {
			rc = 0;
			break;
		}
		if (rc < 0)
			return rc;
	}
	*n_out = i;
	return rc;
}

/* The tree in which names are looked up: that of the first revision. */
static int find_tip(struct gm_oid *tree_out, struct log *log)
{
	gm_autocommit commit = GM_COMMIT_INIT;

	if (!log->starts.n)
		return 0;
	int rc = gm_commit_read(
		&commit, gm_repo_store(log->call->repo), &log->starts.items[0]);
	if (rc == 0)
		*tree_out = commit.tree;
	return rc;
}

static int add_names(
	struct log *log, const struct gm_options_result *args, size_t n_revisions)
{
	gm_autoview view = GM_VIEW_INIT(log->call);
	bool dashes = args->n_before_dashes < args->n_rest;
	int rc = args->n_rest > n_revisions ? find_tip(&view.tree, log) : 0;

	for (size_t i = n_revisions; rc == 0 && i < args->n_rest; i++) {
		rc = gm_names_add(&log->names, &view, args->rest[i]);
		if (rc == 0 && log->names.unknown && !dashes)
			rc = no_revision_or_memory(log->names.unknown);
	}
	if (rc == 0 && log->names.unknown && !log->names.paths.n)
		rc = gm_error(GM_ENOTFOUND, "no memory '%s'", log->names.unknown);
	return rc;
}

/* Without a revision history begins at the head, if that has any. */
static int add_head(struct log *log)
{
	gm_autohead head = GM_HEAD_INIT;
	int rc = gm_call_head(&head, log->call);

	if (rc < 0 || !head.exists)
		return rc;
	return add_oid(&log->starts, &head.commit);
}

static int begin_walk(struct gm_walk **out, struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	int rc = gm_walk_new(&walk, gm_repo_store(log->call->repo), log->options.graph);

	for (size_t i = 0; rc == 0 && i < log->starts.n; i++)
		rc = gm_walk_push(walk, &log->starts.items[i]);
	for (size_t i = 0; rc == 0 && i < log->hidden.n; i++)
		rc = gm_walk_hide(walk, &log->hidden.items[i]);
	if (rc == 0 && log->names.paths.n)
		rc = gm_walk_limit_paths(walk,
			(const char *const *)log->names.paths.items, log->names.paths.n);
	if (rc < 0)
		return rc;
	*out = gm_steal(&walk);
	return 0;
}

static int is_by_author(const struct gm_commit *commit, const char *author)
{
	gm_autofree char *whole =
		gm_format("%s <%s>", commit->author.name, commit->author.mail);

	return whole ? strstr(whole, author) != NULL : GM_ENOMEM;
}

/* 1 when the options want the commit, 0 when not. */
static int is_wanted(const struct log_options *options, const struct gm_commit *commit)
{
	gm_time time = commit->committer.time;

	if (options->since != GM_TIME_NONE && time < options->since)
		return 0;
	if (options->until != GM_TIME_NONE && time > options->until)
		return 0;
	if (options->agent && strcmp(options->agent, commit->author.name))
		return 0;
	return options->author ? is_by_author(commit, options->author) : 1;
}

/* Commits come newest first: after one that is too old there are only older ones. */
static bool is_past(const struct log_options *options, const struct gm_commit *commit)
{
	return !options->graph && options->since != GM_TIME_NONE &&
		commit->committer.time < options->since;
}

/* A drawing needs to know which parents will be shown, so history is walked ahead for it. */
static int survey(struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = begin_walk(&walk, log);

	while (rc == 0 && (rc = gm_walk_next(&commit, walk)) > 0) {
		rc = is_wanted(&log->options, &commit);
		if (rc >= 0)
			rc = gm_log_parents_add(&log->parents, &commit.oid, rc > 0);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

/* Print the text with a row of the drawing before each line, and then the rows left. */
static int print_beside_graph(struct log *log, const char *text)
{
	gm_autobuf out = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	while (rc == 0 && (*text || gm_log_graph_is_pending(&log->graph))) {
		size_t size = strcspn(text, "\n");
		rc = gm_log_graph_row(&out, &log->graph);
		if (rc == 0)
			rc = gm_buf_put(&out, text, size);
		if (rc == 0)
			rc = gm_buf_putc(&out, '\n');
		text += size + (text[size] == '\n');
	}
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&out));
}

static int put_stat(struct gm_buf *out, struct log *log, const struct gm_commit *commit)
{
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	int rc = gm_commit_changes(&deltas, log->call->repo, commit);

	if (rc == 0 && deltas.n && !log->options.oneline)
		rc = gm_buf_putc(out, '\n');
	return rc < 0 ? rc : gm_put_stat(out, &deltas, log->call->colored);
}

static int advance_graph(struct log *log, const struct gm_commit *commit)
{
	struct gm_oids parents = {NULL, 0, 0};
	int rc = gm_log_parents_of(&parents, &log->parents, commit);

	if (rc == 0)
		rc = gm_log_graph_commit(
			&log->graph, &commit->oid, parents.items, parents.n);
	gm_free(parents.items);
	return rc;
}

static int print_text(struct log *log, const struct gm_commit *commit)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	bool graph = log->options.graph, oneline = log->options.oneline;
	const struct gm_call *call = log->call;
	int rc = 0;

	if (log->n_shown && !oneline)
		rc = graph ? print_beside_graph(log, "\n") : gm_print("\n");
	if (rc == 0)
		rc = oneline
			? gm_put_commit_oneline(&text, call->repo, commit, call->colored)
			: gm_put_commit(&text, call->repo, commit, call->colored,
				  call->verbose);
	if (rc == 0 && log->options.stat)
		rc = put_stat(&text, log, commit);
	if (rc == 0 && graph)
		rc = advance_graph(log, commit);
	if (rc < 0)
		return rc;
	return graph ? print_beside_graph(log, gm_buf_str(&text))
		     : gm_print("%s", gm_buf_str(&text));
}

static int print_commit(struct log *log, const struct gm_commit *commit)
{
	json_t *json = NULL;

	if (!log->call->json)
		return print_text(log, commit);
	int rc = gm_commit_json(&json, log->call->repo, commit);
	return rc < 0 ? rc : gm_print_json(json);
}

static int print_all(struct log *log)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = begin_walk(&walk, log);

	while (rc == 0 && log->n_shown < log->options.limit &&
		(rc = gm_walk_next(&commit, walk)) > 0) {
		log->n_walked++;
		if (is_past(&log->options, &commit))
			return 0;
		rc = is_wanted(&log->options, &commit);
		if (rc > 0) {
			rc = print_commit(log, &commit);
			log->n_shown++;
		}
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}

static int run(struct log *log, const struct gm_options_result *args)
{
	size_t n_revisions = 0;
	int rc = gm_call_open(log->call);

	if (rc < 0)
		return rc;
	log->parents = (struct gm_log_parents)GM_LOG_PARENTS_INIT(
		gm_repo_store(log->call->repo), &log->names.paths);
	log->options.graph = log->options.graph && !log->call->json;
	rc = add_revisions(&n_revisions, log, args);
	if (rc == 0 && !n_revisions)
		rc = add_head(log);
	if (rc == 0)
		rc = add_names(log, args, n_revisions);
	if (rc == 0)
		rc = gm_call_page(log->call);
	if (rc == 0 && log->options.graph)
		rc = survey(log);
	if (rc == 0)
		rc = print_all(log);
	/* Of a whole history that never knew the name the answer is not "nothing". */
	if (rc == 0 && log->names.unknown && !log->n_walked && !log->hidden.n &&
		log->options.limit)
		rc = gm_error(GM_ENOTFOUND, "no memory '%s' in this history",
			log->names.unknown);
	return rc;
}

static int read_times(struct log_options *options, const char *since, const char *until)
{
	int rc = since ? gm_parse_time_option(&options->since, "--since", since) : 0;

	if (rc == 0 && until)
		rc = gm_parse_time_option(&options->until, "--until", until);
	return rc;
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
		.names = GM_NAMES_INIT,
		.graph = GM_LOG_GRAPH_INIT,
		.parents = GM_LOG_PARENTS_INIT(NULL, NULL),
	};
	const char *since = NULL, *until = NULL;
	const struct gm_option table[] = {
		{GM_OPTION_SIZE, 'n', "max-count", &log.options.limit, "N",
			"show at most N commits", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "oneline", &log.options.oneline, NULL,
			"show each commit in one line", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "graph", &log.options.graph, NULL,
			"draw how the commits hang together", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "stat", &log.options.stat, NULL,
			"name the memories that each commit changed", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "author", &log.options.author, "TEXT",
			"only commits whose author, \"name <mail>\", holds this", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "agent", &log.options.agent, "NAME",
			"only commits of the agent of this name", NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "since", &since, "TIME", "only commits since then",
			NULL, GM_COMPLETE_NONE},
		{GM_OPTION_STRING, 0, "until", &until, "TIME", "only commits up to then",
			NULL, GM_COMPLETE_NONE},
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
		rc = read_times(&log.options, since, until);
	return rc ? rc : run(&log, &args);
}
