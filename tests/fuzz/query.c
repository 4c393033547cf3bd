/* Queries of anybody: whatever the words are, what we make of them is an expression of FTS5. */
#include <stdlib.h>
#include <string.h>

#include "index/query_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One database for all inputs: making it costs far more than a query. */
static struct gm_database *open_words(void)
{
	struct gm_database *database = NULL;

	if (gm_database_open(&database, NULL, GM_DATABASE_MEMORY) < 0 ||
		gm_database_exec(database,
			"CREATE VIRTUAL TABLE words USING fts5 (content, content='',"
			" tokenize='gitmem')") < 0)
		abort();
	return database;
}

static void search(struct gm_database *database, const char *expression)
{
	gm_autostatement *statement = NULL;

	if (gm_statement_get(&statement, database,
		    "SELECT rowid FROM words WHERE words MATCH ?1") < 0)
		abort();
	gm_bind_text(statement, 1, expression);
	if (gm_statement_run(statement) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gm_database *database;
	gm_autofree char *text = gm_strndup((const char *)data, size);
	gm_autoquery query = GM_QUERY_WORDS_INIT;

	if (!database)
		database = open_words();
	if (!text || gm_query_words_parse(&query, database, ~0U, text) < 0)
		return 0;
	if (!query.words.n || query.words.n > GM_QUERY_MAX_WORDS)
		abort();
	search(database, gm_buf_str(&query.match));
	for (size_t i = 0; i < query.required.n; i++)
		search(database, query.required.items[i]);
	for (size_t i = 0; i < query.excluded.n; i++)
		search(database, query.excluded.items[i]);
	return 0;
}
