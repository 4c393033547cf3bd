/*
 * English words that say nothing about what a text is about.
 */
#ifndef GM_INDEX_STOP_WORDS_H
#define GM_INDEX_STOP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* `word` in lower case. The pieces of contractions ("don", "t") are among them. */
bool gm_is_stop_word(const char *word, size_t size);

#endif
