/*
 * The words of a query, and the FTS5 expressions that look for them. Words are what the
 * analyser makes of the text, each is quoted: nothing a user types is ever syntax of FTS5's.
 */
#ifndef GM_INDEX_QUERY_WORDS_H
#define GM_INDEX_QUERY_WORDS_H

#include "base/buf.h"
#include "base/strv.h"
#include "index/database.h"

/* A longer query is searched by its first words. */
#define GM_QUERY_MAX_WORDS 64

struct gm_query_words {
	struct gm_strv
		words; /* as typed, one of each stem, in their order; then phrases */
	struct gm_buf match;     /* any of them: its phrases are the words */
	struct gm_strv required; /* each of these must be found too */
	struct gm_strv excluded; /* and none of these */
};

#define GM_QUERY_WORDS_INIT                                               \
	{                                                                 \
		.words = GM_STRV_INIT, .match = GM_BUF_INIT(GM_BUF_TEXT), \
		.required = GM_STRV_INIT, .excluded = GM_STRV_INIT        \
	}
#define gm_autoquery gm_cleanup(gm_query_words_dispose) struct gm_query_words
void gm_query_words_dispose(struct gm_query_words *query);

/*
 * The words of a query (query_parts.h; its filters are passed over) to memories in `languages`
 * (a set of language.h). Stop words are left out unless there are no others. GM_EUSAGE when
 * there is no word to look for. `out` must be empty.
 */
int gm_query_words_parse(struct gm_query_words *out, struct gm_database *database,
	unsigned languages, const char *text);

#endif
