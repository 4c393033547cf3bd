/*
 * Stop words: very common ones, which tell a text's language and nothing of what it is about.
 */
#ifndef GM_INDEX_STOP_WORDS_H
#define GM_INDEX_STOP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The languages (bits of language.h) that a word is a stop word in; 0: none. `word` is folded, as
 * gm_word_fold() does it. Contractions are listed by their parts: "don" and "t".
 */
unsigned gm_stop_word_languages(const char *word, size_t size);

/* Whether two characters, side by side in a script without blanks, are grammar and no more. */
bool gm_is_stop_pair(const char *pair, size_t size);

#endif
