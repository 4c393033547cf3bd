/*
 * The words of a text: runs of letters and digits, and for programs' sake the parts of
 * identifiers, numbers and names of files, together with the whole that they make up:
 *
 *     upload_with_retry, uploadWithRetry    upload, with, retry; uploadwithretry
 *     internal/httpx.go                     internal; httpx, go, httpxgo
 *     v4.2.1, 2026-06-18                    v4, 2, 1; 4.2.1     2026, 06, 18; 2026.06.18
 *     9f3c2e1b04                            itself, and its first seven digits
 *     utf8                                  itself, and utf
 *
 * Scripts without blanks between words give every two neighbouring characters. Any bytes are a
 * text: those that are no UTF-8 separate words.
 */
#ifndef GM_INDEX_WORDS_H
#define GM_INDEX_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "index/language.h"

/* Bytes of a word that are looked at; more of it is passed over. */
#define GM_WORD_MAX 128

enum gm_word_kind {
	GM_WORD_PLAIN,
	GM_WORD_WHOLE,  /* what the plain word before and those after it make up */
	GM_WORD_JOINED, /* the same of natural words with hyphens between them */
	GM_WORD_PART,   /* letters or digits of the word before */
	GM_WORD_PREFIX, /* the abbreviation of the object name before */
	GM_WORD_PAIR,   /* two characters of a script without blanks */
	GM_WORD_LAST,   /* the last of them */
	GM_WORD_ALONE,  /* the only one */
};

struct gm_word {
	enum gm_word_kind kind;
	enum gm_script script;
	bool ascii;
	bool digits;      /* it has digits */
	const char *text; /* folded by gm_unicode_fold_case(); lent for the call */
	size_t size;      /* 1 to GM_WORD_MAX */
	size_t start;     /* where it stands in the text */
	size_t end;
};

/* Stops at what is not 0 and returns it. */
typedef int (*gm_word_fn)(const struct gm_word *word, void *payload);
int gm_words_each(const char *text, size_t size, gm_word_fn fn, void *payload);

/* The word without its diacritics, in `out`; its size is returned. */
size_t gm_word_fold(char out[GM_WORD_MAX], const struct gm_word *word);

#endif
