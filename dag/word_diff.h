/*
 * Differences of two texts, word by word, as `git diff --word-diff` tells them: lines are
 * compared first, then the words of those that changed. A word ends at white space; white
 * space itself is compared only where no word differs.
 */
#ifndef GM_DAG_WORD_DIFF_H
#define GM_DAG_WORD_DIFF_H

#include "dag/line_diff.h"

enum gm_word_kind {
	GM_WORDS_PLACE, /* "@@ -1,3 +1,4 @@" and a newline: where the next lines stand */
	GM_WORDS_SAME,
	GM_WORDS_OLD, /* only in the old text */
	GM_WORDS_NEW,
};

/* Takes one stretch, which may be of several lines; it is lent. Non-zero ends it. */
typedef int (*gm_words_fn)(enum gm_word_kind kind, struct gm_text text, void *payload);

/* Tell the changes with three lines of context. Nothing is told of equal texts. */
int gm_word_diff(struct gm_text old_text, struct gm_text new_text, gm_words_fn each,
	void *payload);

/* Replace `out` by the words of `text`, which they point into. */
int gm_words_split(struct gm_lines *out, struct gm_text text);

#endif
