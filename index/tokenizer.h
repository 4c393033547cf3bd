/*
 * Our analyser as a tokenizer of FTS5, by the name "gitmem".
 *
 * A text that is indexed is taken to be in `database->language`. A text in an expression is a
 * word's terms, each behind GM_TOKENIZER_OR, and finds any of them: queries are analysed before
 * (query_words.h).
 */
#ifndef GM_INDEX_TOKENIZER_H
#define GM_INDEX_TOKENIZER_H

#include "index/database.h"

#define GM_TOKENIZER_OR '\x1f'

/* Make the tokenizer known to a database that was just opened. */
int gm_tokenizer_register(struct gm_database *database);

/* SQLite's handle to FTS5, for who adds to it. */
int gm_fts5_api(fts5_api **out, struct gm_database *database);

#endif
