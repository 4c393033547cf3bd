#include <string.h>

#include "base/utf8.h"
#include "cmd/commands.h"
#include "cmd/filter_options.h"
#include "cmd/standing.h"
#include "cmd/text.h"

#define K_DEFAULT 10
#define K_MAX 1000

/* Of a memory's content this many lines are shown, unless -v. */
#define SHOWN_LINES 3
#define INDENT "    "
#define INDENT_COLUMNS 4

struct recall_options {
	struct gm_filter_options filter;
	size_t k;
	const char *mode;
	bool all;
	bool explain;
};

static void options_dispose(struct recall_options *options)
{
	gm_filter_options_dispose(&options->filter);
}

/* The keys of gitmem(1), "JSON", that a line of recall has in any case. */
static const char *const memory_keys[] = {"id", "path", "key", "type", "content",
	"created", "tags", "agent", "session", "role", "scope", "blob"};

static int set_why(json_t *object, const struct gm_hit *hit)
{
	gm_autojson *why = gm_json_object();
	gm_autojson *words = gm_json_array();
	int rc = why && words ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < hit->words.n; i++)
		rc = gm_json_append(words, gm_json_string(hit->words.items[i]));
	if (rc == 0)
		rc = gm_json_set(why, "words", gm_steal(&words));
	return rc < 0 ? rc : gm_json_set(object, "why", gm_steal(&why));
}

static int hit_json(json_t **out, struct gm_call *call, size_t rank,
	const struct gm_hit *hit, const struct gm_memory *memory)
{
	gm_autojson *object = gm_json_object();
	gm_autojson *whole = NULL;
	int rc = gm_memory_json(&whole, call->repo, memory);

	if (rc == 0)
		rc = gm_json_set_int(object, "rank", (long long)rank);
	if (rc == 0)
		rc = gm_json_set(object, "score", json_real(hit->score));
	for (size_t i = 0; rc == 0 && i < sizeof(memory_keys) / sizeof(*memory_keys);
		i++) {
		json_t *value = json_object_get(whole, memory_keys[i]);
		rc = gm_json_set(
			object, memory_keys[i], value ? json_incref(value) : json_null());
	}
	if (rc < 0)
		return rc;
	*out = gm_steal(&object);
	return 0;
}

static int print_hit_json(struct gm_call *call, const struct recall_options *options,
	size_t rank, const struct gm_hit *hit, const struct gm_memory *memory,
	const struct gm_standing *standing)
{
	gm_autojson *object = NULL;
	int rc = hit_json(&object, call, rank, hit, memory);

	if (rc == 0 && options->all)
		rc = gm_set_standing(object, standing, &memory->record);
	if (rc == 0 && options->explain)
		rc = set_why(object, hit);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* " word" when there is one. */
static int put_word(struct gm_buf *out, const char *before, const char *word)
{
	if (!word)
		return 0;
	int rc = gm_buf_puts(out, before);
	return rc < 0 ? rc : gm_puts_safe(out, word);
}

static int put_header(struct gm_buf *out, size_t rank, const struct gm_hit *hit,
	const struct gm_record *record, const char *note, bool colored)
{
	struct gm_date date;

	gm_time_date(&date, record->created);
	int rc = gm_buf_printf(out, "%zu. %.2f %s%s%s", rank, hit->score,
		gm_color(colored, GM_COLOR_COMMIT), gm_short_id(record->id),
		gm_color(colored, GM_COLOR_RESET));
	if (rc == 0 && record->key)
		rc = put_word(out, colored ? " " GM_COLOR_HUNK : " ", record->key);
	if (rc == 0 && record->key)
		rc = gm_buf_puts(out, gm_color(colored, GM_COLOR_RESET));
	if (rc == 0)
		rc = gm_buf_printf(
			out, " %04d-%02d-%02d", date.year, date.month, date.day);
	if (rc == 0)
		rc = put_word(out, " ", record->agent ? record->agent : record->role);
	if (rc == 0)
		rc = put_word(out, "/", record->session);
	if (rc == 0 && *note)
		rc = gm_buf_printf(out, " [%s]", note);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int put_why(struct gm_buf *out, const struct gm_hit *hit)
{
	int rc = gm_buf_puts(out, INDENT "matched:");

	for (size_t i = 0; rc == 0 && i < hit->words.n; i++)
		rc = put_word(out, i ? ", " : " ", hit->words.items[i]);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* How much of a content may still be shown, and whether some was not. */
struct room {
	size_t columns;
	size_t lines;
	bool cut;
};

/* How much of `text` makes a line: as many whole words as fit, or a part of a long one. */
static size_t line_size(const char *text, size_t size, size_t columns)
{
	size_t fits = gm_utf8_fit(text, size, columns);

	if (fits == size || !fits)
		return size;
	for (size_t at = fits; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return fits;
}

/* One line of the content, broken between words at the terminal's edge. */
static int put_broken(
	struct gm_buf *out, const char *line, size_t size, struct room *room)
{
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_LARGE);
	/* More than could ever be shown need not be looked at. */
	size_t most = gm_utf8_fit(line, size, room->columns * (SHOWN_LINES + 1));
	int rc = gm_put_safe(&safe, line, most);
	const char *at = gm_buf_str(&safe);
	size_t rest = safe.size;

	while (rc == 0 && room->lines && rest) {
		size_t step = line_size(at, rest, room->columns);
		rc = gm_buf_printf(out, INDENT "%.*s\n", (int)step, at);
		room->lines--;
		step += step < rest && at[step] == ' ';
		at += step;
		rest -= step;
	}
	room->cut = room->cut || rest;
	return rc;
}

/* The beginning of the content: a few lines of the terminal's width, empty ones left out. */
static int put_beginning(
	struct gm_buf *out, const struct gm_record *record, size_t columns)
{
	struct room room = {columns, SHOWN_LINES, false};
	const char *at = record->content ? record->content : "";
	int rc = 0;

	while (rc == 0 && !room.cut && *at) {
		size_t size = strcspn(at, "\n");
		rc = put_broken(out, at, size, &room);
		at += size + (at[size] == '\n');
	}
	if (rc < 0 || !room.cut)
		return rc;
	out->size--; /* the last line's newline */
	return gm_buf_puts(out, " ...\n");
}

static int print_hit_text(struct gm_call *call, const struct recall_options *options,
	size_t rank, const struct gm_hit *hit, const struct gm_record *record,
	const struct gm_standing *standing, size_t columns)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf note = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = rank > 1 ? gm_buf_putc(&text, '\n') : 0;

	if (rc == 0 && options->all)
		rc = gm_put_standing(&note, standing, record);
	if (rc == 0)
		rc = put_header(
			&text, rank, hit, record, gm_buf_str(&note), call->colored);
	if (rc == 0 && options->explain)
		rc = put_why(&text, hit);
	if (rc == 0)
		rc = call->verbose ? gm_put_lines_safe(&text, INDENT,
					     record->content ? record->content : "",
					     record->content_size)
				   : put_beginning(&text, record, columns);
	return rc < 0 ? rc : gm_print("%s", gm_buf_str(&text));
}

/* What is damaged is left out; the answer is "no" when nothing is left. */
static int print_hits(struct gm_call *call, const struct recall_options *options,
	const struct gm_hits *hits, const struct gm_standing *standing, size_t columns)
{
	size_t rank = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hits->n; i++) {
		const struct gm_hit *hit = &hits->items[i];
		gm_automemory memory = GM_MEMORY_INIT;
		rc = gm_memory_read(&memory, call->repo, hit->path, &hit->blob);
		if (rc == GM_EMISMATCH || rc == GM_ENOTFOUND) {
			gm_warn("'%s' is left out: %s", hit->path,
				gm_error_last()->message);
			rc = 0;
			continue;
		}
		if (rc == 0)
			rc = call->json ? print_hit_json(call, options, ++rank, hit,
						  &memory, standing)
					: print_hit_text(call, options, ++rank, hit,
						  &memory.record, standing, columns);
	}
	return rc == 0 && !rank ? gm_error(GM_ENO, "%s", "") : rc;
}

/* With --all, how they stand is told, too. */
static int find(struct gm_hits *out, struct gm_standing *standing_out,
	struct gm_call *call, const char *query, const struct recall_options *options)
{
	gm_autoview view = GM_VIEW_INIT(call);
	struct gm_filter filter = GM_FILTER_INIT;
	struct gm_moment moment;
	struct gm_index *index;
	int rc = gm_filter_options_apply(&filter, &options->filter);

	if (rc == 0)
		rc = gm_call_open(call);
	if (rc == 0)
		rc = gm_call_moment(&moment, call, options->filter.at);
	if (rc < 0)
		return rc;
	view.tree = moment.tree;
	rc = gm_view_index(&index, &view);
	if (rc < 0)
		return rc;
	filter.now = moment.time;
	filter.hide_stale = !options->all;
	rc = gm_index_recall(out, index, query, &filter, options->k, options->explain);
	return rc < 0 || !options->all
		? rc
		: gm_standing_open(standing_out, &view, filter.now);
}

static int run(struct gm_call *call, const struct gm_options_result *args,
	const struct recall_options *options)
{
	gm_autobuf query = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autohits hits = GM_HITS_INIT;
	gm_autostanding standing = GM_STANDING_INIT;
	size_t columns = gm_terminal_columns(stdout);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->n_rest; i++)
		rc = gm_buf_printf(&query, "%s%s", i ? " " : "", args->rest[i]);
	if (rc == 0)
		rc = find(&hits, &standing, call, gm_buf_str(&query), options);
	if (rc == 0 && !hits.n)
		return gm_error(GM_ENO, "%s", "");
	if (rc == 0)
		rc = gm_call_page(call);
	columns = columns > 2 * INDENT_COLUMNS ? columns - 2 * INDENT_COLUMNS
					       : INDENT_COLUMNS;
	return rc < 0 ? rc : print_hits(call, options, &hits, &standing, columns);
}

static int check(
	const struct gm_options_result *args, const struct recall_options *options)
{
	bool words = false;
	int rc = 0;

	for (size_t i = 0; i < args->n_rest; i++)
		words = words || args->rest[i][strspn(args->rest[i], " \t\r\n")];
	if (!words)
		return gm_error(GM_EUSAGE, "the query is empty");
	if (options->k < 1 || options->k > K_MAX)
		return gm_error(
			GM_EUSAGE, "-k: %zu is not between 1 and %d", options->k, K_MAX);
	if (!strcmp(options->mode, "vector")) {
		rc = gm_error(GM_ERROR, "recall by vectors alone is not available yet");
		gm_error_hint("'--mode lexical' finds memories by their words");
	}
	return rc;
}

int gm_cmd_recall(struct gm_call *call, int argc, char **argv)
{
	static const char *const synopsis[] = {"recall [<options>] <query>...", NULL};
	gm_autoargs args = GM_ARGS_INIT;
	gm_cleanup(options_dispose) struct recall_options options = {
		.filter = GM_FILTER_OPTIONS_INIT, .k = K_DEFAULT, .mode = "hybrid"};
	struct gm_option table[GM_FILTER_OPTIONS + 5] = {
		{GM_OPTION_SIZE, 'k', NULL, &options.k, "N",
			"show at most N memories (default 10, at most 1000)", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_CHOICE, 0, "mode", &options.mode, "MODE",
			"how to rank: hybrid, lexical or vector", "hybrid|lexical|vector",
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "all", &options.all, NULL,
			"also superseded and out-of-date memories", NULL,
			GM_COMPLETE_NONE},
		{GM_OPTION_BOOL, 0, "explain", &options.explain, NULL,
			"say why each memory was found", NULL, GM_COMPLETE_NONE},
	};
	const struct gm_usage usage = {
		.command = "recall",
		.synopsis = synopsis,
		.summary = "Find the memories that answer a question, best first.",
		.options = table,
		.arguments = GM_COMPLETE_NONE,
	};

	gm_filter_options_fill(table + 4, &options.filter);
	table[GM_FILTER_OPTIONS + 4] = (struct gm_option)GM_OPTION_TABLE_END;
	int rc = gm_command_parse(&args, call, &usage, argc, argv);
	if (rc == 0)
		rc = check(&args, &options);
	return rc ? rc : run(call, &args, &options);
}
