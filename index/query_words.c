#include "index/query_words.h"

#include <limits.h>
#include <string.h>

#include "index/stop_words.h"

/* Longer queries are cut: a tokenizer's sizes are ints. */
#define MAX_QUERY ((size_t)1 << 20)

void gm_query_words_dispose(struct gm_query_words *query)
{
	gm_strv_dispose(&query->words);
	gm_buf_dispose(&query->match);
}

int gm_fts5_api(fts5_api **out, struct gm_database *database)
{
	fts5_api *api = NULL;
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, "SELECT fts5(?1)");

	if (rc < 0)
		return rc;
	int failed = sqlite3_bind_pointer(statement->stmt, 1, &api, "fts5_api_ptr", NULL);
	if (failed)
		return gm_database_error(database, failed);
	rc = gm_statement_run(statement);
	if (rc < 0)
		return rc;
	if (!api)
		return gm_error(GM_ERROR, "recall index: this SQLite has no FTS5");
	*out = api;
	return 0;
}

/* A tokenizer of FTS5's. */
struct tokenizer {
	fts5_tokenizer calls;
	Fts5Tokenizer *handle;
};

static void tokenizer_dispose(struct tokenizer *tokenizer)
{
	if (tokenizer->handle)
		tokenizer->calls.xDelete(tokenizer->handle);
}

static int tokenizer_open(struct tokenizer *out, struct gm_database *database,
	const char *name, const char **arguments, int n)
{
	fts5_api *api;
	void *context;
	int rc = gm_fts5_api(&api, database);

	if (rc < 0)
		return rc;
	rc = api->xFindTokenizer(api, name, &context, &out->calls);
	if (!rc)
		rc = out->calls.xCreate(context, arguments, n, &out->handle);
	return rc ? gm_database_error(database, rc) : 0;
}

/* Distinct words of one kind. */
struct word_list {
	struct gm_strv typed;
	struct gm_strv folded;
	struct gm_strv stems;
};

static void word_list_dispose(struct word_list *list)
{
	gm_strv_dispose(&list->typed);
	gm_strv_dispose(&list->folded);
	gm_strv_dispose(&list->stems);
}

struct parser {
	const char *text;
	struct tokenizer plain;
	struct tokenizer stemmer;
	struct word_list telling;
	struct word_list stop;
	int rc;
};

static void parser_dispose(struct parser *parser)
{
	tokenizer_dispose(&parser->plain);
	tokenizer_dispose(&parser->stemmer);
	word_list_dispose(&parser->telling);
	word_list_dispose(&parser->stop);
}

static int on_stem(
	void *payload, int flags, const char *token, int size, int start, int end)
{
	(void)flags;
	(void)start;
	(void)end;
	return gm_buf_put(payload, token, (size_t)size) < 0 ? SQLITE_NOMEM : SQLITE_OK;
}

static int add(struct gm_strv *list, const char *text, size_t size)
{
	gm_autofree char *copy = gm_strndup(text, size);

	return copy ? gm_strv_add(list, copy) : GM_ENOMEM;
}

static int add_word(
	struct parser *parser, const char *token, int size, int start, int end)
{
	gm_autobuf stem = GM_BUF_INIT(GM_BUF_TEXT);
	struct word_list *list =
		gm_is_stop_word(token, (size_t)size) ? &parser->stop : &parser->telling;

	if (parser->stemmer.calls.xTokenize(parser->stemmer.handle, &stem,
		    FTS5_TOKENIZE_QUERY, token, size, on_stem))
		return gm_error(GM_ENOMEM, "out of memory");
	if (!stem.size || list->stems.n == GM_QUERY_MAX_WORDS ||
		gm_strv_contains(&list->stems, stem.ptr))
		return 0;
	int rc = gm_strv_add(&list->stems, stem.ptr);
	if (rc == 0)
		rc = add(&list->folded, token, (size_t)size);
	if (rc == 0)
		rc = add(&list->typed, parser->text + start, (size_t)(end - start));
	return rc;
}

static int on_token(
	void *payload, int flags, const char *token, int size, int start, int end)
{
	struct parser *parser = payload;

	(void)flags;
	if (parser->telling.stems.n == GM_QUERY_MAX_WORDS)
		return SQLITE_DONE;
	parser->rc = add_word(parser, token, size, start, end);
	return parser->rc < 0 ? SQLITE_ABORT : SQLITE_OK;
}

static int parser_open(struct parser *out, struct gm_database *database)
{
	const char *arguments[] = {"unicode61", "remove_diacritics", "2"};
	int rc = tokenizer_open(&out->plain, database, "unicode61", arguments + 1, 2);

	return rc < 0 ? rc
		      : tokenizer_open(&out->stemmer, database, "porter", arguments, 3);
}

/* "one" OR "two"; a folded word holds no quote. */
static int put_expression(struct gm_buf *out, const struct gm_strv *words)
{
	int rc = 0;

	for (size_t i = 0; i < words->n && rc == 0; i++)
		rc = gm_buf_printf(out, "%s\"%s\"", i ? " OR " : "", words->items[i]);
	return rc;
}

int gm_query_words_parse(
	struct gm_query_words *out, struct gm_database *database, const char *text)
{
	gm_cleanup(parser_dispose) struct parser parser = {.text = text};
	size_t size = strlen(text);
	int rc = parser_open(&parser, database);

	if (rc < 0)
		return rc;
	if (size > MAX_QUERY)
		size = MAX_QUERY;
	int failed = parser.plain.calls.xTokenize(parser.plain.handle, &parser,
		FTS5_TOKENIZE_QUERY, text, (int)size, on_token);
	if (parser.rc < 0)
		return parser.rc;
	if (failed && failed != SQLITE_DONE)
		return gm_database_error(database, failed);
	struct word_list *list = parser.telling.stems.n ? &parser.telling : &parser.stop;
	if (!list->stems.n)
		return gm_error(GM_EUSAGE, "the query has no word");
	rc = put_expression(&out->match, &list->folded);
	return rc < 0 ? rc : gm_strv_copy(&out->words, &list->typed);
}
