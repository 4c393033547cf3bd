/*
 * What stands in a query besides words: phrases, words that must not be there, and filters.
 *
 *     "staging host"     a phrase: these words must be there, one after the other
 *     -redis, -"a b"     none of these may be there
 *     tag:work           a filter: of tag, type, agent, session, before, after
 *     agent:"Maya R"     its value in quotes
 *
 * Each begins the query or stands behind white space. A quote ends where white space, the end
 * or punctuation is behind it. All else, a quote without an end, another name before a colon
 * and two dashes too, is words.
 */
#ifndef GM_INDEX_QUERY_PARTS_H
#define GM_INDEX_QUERY_PARTS_H

#include "base/buf.h"
#include "base/strv.h"

struct gm_query_parts {
	struct gm_buf text;      /* the words, those of phrases too */
	struct gm_strv phrases;  /* without their quotes */
	struct gm_strv excluded; /* words and phrases */
	struct gm_strv
		filters; /* names ("tag", or "-tag" with a dash) and values in turn */
};

/* More phrases, words not to be there, and filters are words like others. */
#define GM_QUERY_MAX_PARTS 16

#define GM_QUERY_PARTS_INIT                                                 \
	{                                                                   \
		.text = GM_BUF_INIT(GM_BUF_LARGE), .phrases = GM_STRV_INIT, \
		.excluded = GM_STRV_INIT, .filters = GM_STRV_INIT           \
	}
#define gm_autoqueryparts gm_cleanup(gm_query_parts_dispose) struct gm_query_parts
void gm_query_parts_dispose(struct gm_query_parts *parts);

/* Take the first `size` bytes of a query apart. `out` must be empty. */
int gm_query_parts_parse(struct gm_query_parts *out, const char *query, size_t size);

#endif
