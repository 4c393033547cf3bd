/*
 * A text on its way to words, for the files that know how words are written.
 */
#ifndef GM_INDEX_WORDS_INTERNAL_H
#define GM_INDEX_WORDS_INTERNAL_H

#include "index/words.h"

struct gm_word_scanner {
	const char *text;
	size_t size;
	size_t at; /* what is before was read */
	gm_word_fn fn;
	void *payload;
	int rc; /* what `fn` returned last; not 0: no more is to be told */
};

/* Tell a word, unless it is empty. */
void gm_word_emit(struct gm_word_scanner *scanner, const struct gm_word *word);

/* Read some characters of a script without blanks, at one of which the scanner stands. */
void gm_words_scan_unspaced(struct gm_word_scanner *scanner);

#endif
