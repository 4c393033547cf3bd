/*
 * Stems: words without their endings, by libstemmer, and without diacritics. Beside them the
 * other ways in which one word may be written.
 *
 * A stemmer belongs to one thread.
 */
#ifndef GM_INDEX_STEM_H
#define GM_INDEX_STEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "index/language.h"
#include "index/words.h"

struct gm_stemmer;

int gm_stemmer_new(struct gm_stemmer **out);
void gm_stemmer_free(struct gm_stemmer *stemmer);
GM_DEFINE_CLEANUP(struct gm_stemmer, gm_stemmer_free)

/* One form of a word. */
struct gm_form {
	char text[GM_WORD_MAX];
	size_t size;
};

/*
 * The stem of a word in a language; the word as it is when it has digits, is very long, or there
 * is no stemmer for the language. GM_ENOMEM.
 */
int gm_stem(struct gm_form *out, struct gm_stemmer *stemmer, enum gm_language language,
	const struct gm_word *word);

/*
 * German without umlauts on the keyboard: ae, oe and ue for what folds to a, o and u. Not in
 * "neue" or "Quelle". Returns false when there is none; else `word` is changed to it, in `out`.
 */
bool gm_fold_digraphs(char out[GM_WORD_MAX], struct gm_word *word);

#endif
