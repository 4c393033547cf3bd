/*
 * The words of a query, and the FTS5 expression that looks for any of them. Words are what the
 * analyser makes of the text, each is quoted: nothing a user types is ever syntax.
 */
#ifndef GM_INDEX_QUERY_WORDS_H
#define GM_INDEX_QUERY_WORDS_H

#include "base/buf.h"
#include "base/strv.h"
#include "index/database.h"

/* A longer query is searched by its first words. */
#define GM_QUERY_MAX_WORDS 64

struct gm_query_words {
	struct gm_strv words; /* as they were typed, one of each stem, in their order */
	struct gm_buf match;  /* the expression; its phrases are the words */
};

#define GM_QUERY_WORDS_INIT                                              \
	{                                                                \
		.words = GM_STRV_INIT, .match = GM_BUF_INIT(GM_BUF_TEXT) \
	}
#define gm_autoquery gm_cleanup(gm_query_words_dispose) struct gm_query_words
void gm_query_words_dispose(struct gm_query_words *query);

/*
 * The words of a query to memories in `languages` (a set of language.h). Stop words are left out
 * unless there are no others. GM_EUSAGE when there is no word at all. `out` must be empty.
 */
int gm_query_words_parse(struct gm_query_words *out, struct gm_database *database,
	unsigned languages, const char *text);

#endif
