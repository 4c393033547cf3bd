/*
 * What memories and queries are compared by: terms. A word becomes its stem, in the language of
 * the text, and beside it the form that was written, both without diacritics; see words.h for
 * what a word is. So a query finds a memory by the stem when it knows the language, and by the
 * form when it does not.
 */
#ifndef GM_INDEX_ANALYSER_H
#define GM_INDEX_ANALYSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "index/language.h"
#include "index/stem.h"
#include "index/words.h"

/*
 * Raise it whenever a text may give other terms than before: indexes of another version are made
 * anew then (fingerprint.h).
 */
#define GM_ANALYSER_VERSION 1

/*
 * A number for a language that is another one when GM_ANALYSER_VERSION is, when the tables of
 * Unicode are, or when the stemmer gives something else for a few words.
 */
int gm_analyser_fingerprint(
	uint32_t *out, struct gm_stemmer *stemmer, enum gm_language language);

struct gm_term {
	const char *text; /* letters, digits and dots; lent for the call */
	size_t size;      /* 1 to GM_WORD_MAX */
	bool again;       /* at the place of the term before */
	size_t start;     /* where its word stands in the text */
	size_t end;
};

/* Stops at what is not 0 and returns it. */
typedef int (*gm_term_fn)(const struct gm_term *term, void *payload);

/* The terms of a memory in `language`: that of gm_language_guess(). GM_ENOMEM, or as `fn` says. */
int gm_analyse(struct gm_stemmer *stemmer, enum gm_language language, const char *text,
	size_t size, gm_term_fn fn, void *payload);

/* The same in the language that gm_language_guess() finds, without looking for it first. */
int gm_analyse_guessing(enum gm_language *language_out, struct gm_stemmer *stemmer,
	const char *text, size_t size, gm_term_fn fn, void *payload);

/* One word of a query, and the terms that mean it. */
#define GM_QUERY_TERMS 16
struct gm_query_word {
	size_t n;
	size_t sizes[GM_QUERY_TERMS];
	char terms[GM_QUERY_TERMS][GM_WORD_MAX];
	bool prefix; /* the only term is the beginning of others */
	bool stop;   /* a stop word */
	size_t start;
	size_t end;
};

typedef int (*gm_query_word_fn)(const struct gm_query_word *word, void *payload);

/*
 * The words of a query to memories in `languages` (a set; English always is in it). A query
 * whose language shows is looked for in that one, and another in all of them.
 */
int gm_analyse_query(struct gm_stemmer *stemmer, unsigned languages, const char *text,
	size_t size, gm_query_word_fn fn, void *payload);

/*
 * The words of a phrase, one call for each place: what the whole of an identifier is called is
 * another term of its first part. In all of `languages`.
 */
int gm_analyse_phrase(struct gm_stemmer *stemmer, unsigned languages, const char *text,
	size_t size, gm_query_word_fn fn, void *payload);

#endif
