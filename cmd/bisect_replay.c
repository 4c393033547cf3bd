#include "cmd/bisect.h"

#include <string.h>

#include "base/file.h"
#include "base/shell_quote.h"

/* A log is not long. */
#define LOG_MAX ((size_t)16 << 20)

/* "gitmem bisect WORD...", or as git writes it; NULL for a comment and the like. */
static const char *command_in(const char *line)
{
	static const char *const beginnings[] = {"gitmem bisect ", "git bisect "};

	for (size_t i = 0; i < 2; i++)
		if (!strncmp(line, beginnings[i], strlen(beginnings[i])))
			return line + strlen(beginnings[i]);
	return NULL;
}

/* Sort the words behind `start` into options, revisions, and names behind `--`. */
static int replay_start(struct gm_call *call, const struct gm_strv *words)
{
	struct gm_bisect_options options = {.bad = NULL};
	const struct gm_option table[] = {
		{.type = GM_OPTION_STRING, .name = "term-bad", .value = &options.bad},
		{.type = GM_OPTION_STRING, .name = "term-good", .value = &options.good},
		{.type = GM_OPTION_STRING, .name = "term-new", .value = &options.bad},
		{.type = GM_OPTION_STRING, .name = "term-old", .value = &options.good},
		{.type = GM_OPTION_BOOL,
			.name = "first-parent",
			.value = &options.first_parent},
		GM_OPTION_TABLE_END,
	};
	gm_autoargs args = GM_ARGS_INIT;
	int rc = gm_options_parse(
		&args, table, (int)words->n - 1, words->items + 1, false);

	return rc < 0 ? rc : gm_bisect_start(call, &args, &options);
}

static int replay_line(struct gm_call *call, const char *line)
{
	gm_autostrv words = GM_STRV_INIT;
	const char *command = command_in(line);
	int rc = command ? gm_shell_split(&words, command) : 0;

	if (rc < 0 || !words.n)
		return rc;
	if (!strcmp(words.items[0], "start"))
		return replay_start(call, &words);
	return gm_bisect_mark(
		call, words.items[0], (const char *const *)words.items + 1, words.n - 1);
}

int gm_bisect_replay(struct gm_call *call, const char *file)
{
	gm_autobuf text = GM_BUF_INIT(LOG_MAX);
	int rc = gm_file_read_any(&text, file);
	const char *at = gm_buf_str(&text);

	while (rc == 0 && *at) {
		size_t size = strcspn(at, "\n");
		gm_autofree char *line = gm_strndup(at, size);
		rc = line ? replay_line(call, line) : GM_ENOMEM;
		if (rc < 0 && rc != GM_ENOMEM)
			return gm_error_prefix("'%.200s'", line);
		at += size + (at[size] == '\n');
	}
	return rc;
}
