/*
 * The terms that a model is to know: those of the memories that it learns from, less the forms
 * that stand beside their stems, and of very many the most frequent ones.
 */
#ifndef GM_INDEX_LSA_VOCABULARY_H
#define GM_INDEX_LSA_VOCABULARY_H

#include "base/map.h"
#include "index/term_rows.h"

#define GM_LSA_MAX_TERMS 32768

struct gm_lsa_word {
	uint64_t hash;
	size_t text; /* where it begins in `texts` */
	size_t size;
	uint32_t df;
	bool form; /* a written form of another one */
};

struct gm_lsa_vocabulary {
	struct gm_map numbers; /* by hash */
	struct gm_lsa_word *words;
	size_t n;
	size_t cap;
	struct gm_buf texts;
};

#define GM_LSA_VOCABULARY_INIT                                                   \
	{                                                                        \
		.numbers = GM_MAP_INIT(sizeof(uint64_t)), .words = NULL, .n = 0, \
		.cap = 0, .texts = GM_BUF_INIT(GM_BUF_LARGE),                    \
	}
#define gm_autolsavocabulary \
	gm_cleanup(gm_lsa_vocabulary_dispose) struct gm_lsa_vocabulary
void gm_lsa_vocabulary_dispose(struct gm_lsa_vocabulary *vocabulary);

/* The number of a term, a new one where it has none yet. GM_ENOMEM. */
int gm_lsa_vocabulary_number(uint32_t *out, struct gm_lsa_vocabulary *vocabulary,
	const char *text, size_t size);

/*
 * Choose the terms of a model from the rows, whose terms are numbers of `vocabulary`, and make
 * them those chosen, with new numbers: the most frequent first. Weights become tf-idf, rows of
 * length 1. `languages` is the set of those that the memories are in. GM_ENOMEM.
 */
int gm_lsa_vocabulary_choose(uint64_t **hashes_out, float **weights_out,
	struct gm_term_rows *rows, struct gm_lsa_vocabulary *vocabulary,
	unsigned languages);

#endif
