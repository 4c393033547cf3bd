#include "index/tokenizer.h"

#include <string.h>

#include "index/analyser.h"

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

/* FTS5's type of function: a token with its place in the text. */
typedef int (*token_fn)(
	void *payload, int flags, const char *token, int size, int start, int end);

struct target {
	token_fn fn;
	void *payload;
};

static int put_term(const struct gm_term *term, void *payload)
{
	const struct target *target = payload;

	return target->fn(target->payload, term->again ? FTS5_TOKEN_COLOCATED : 0,
		term->text, (int)term->size, (int)term->start, (int)term->end);
}

static int put_alternatives(const struct target *target, const char *text, int size)
{
	int flags = 0;
	int rc = SQLITE_OK;

	for (int start = 0; start < size && rc == SQLITE_OK;) {
		const char *end =
			memchr(text + start, GM_TOKENIZER_OR, (size_t)(size - start));
		int n = end ? (int)(end - text) - start : size - start;
		if (n)
			rc = target->fn(target->payload, flags, text + start, n, start,
				start + n);
		flags = FTS5_TOKEN_COLOCATED;
		start += n + 1;
	}
	return rc;
}

static int tokenize(Fts5Tokenizer *tokenizer, void *payload, int flags, const char *text,
	int size, token_fn fn)
{
	struct gm_database *database = (struct gm_database *)tokenizer;
	struct target target = {fn, payload};

	if (size <= 0)
		return SQLITE_OK;
	if (flags & FTS5_TOKENIZE_QUERY)
		return put_alternatives(&target, text, size);
	int rc = gm_analyse(database->stemmer, database->language, text, (size_t)size,
		put_term, &target);
	return rc == GM_ENOMEM ? SQLITE_NOMEM : rc;
}

/* There is nothing to configure, and the database is all that a tokenizer needs. */
static int create(void *database, const char **arguments, int n, Fts5Tokenizer **out)
{
	(void)arguments;
	(void)n;
	*out = database;
	return SQLITE_OK;
}

static void destroy(Fts5Tokenizer *tokenizer)
{
	(void)tokenizer;
}

int gm_tokenizer_register(struct gm_database *database)
{
	fts5_tokenizer calls = {create, destroy, tokenize};
	fts5_api *api;
	int rc = gm_stemmer_new(&database->stemmer);

	if (rc == 0)
		rc = gm_fts5_api(&api, database);
	if (rc < 0)
		return rc;
	int failed = api->xCreateTokenizer(api, "gitmem", database, &calls, NULL);
	return failed ? gm_database_error(database, failed) : 0;
}
