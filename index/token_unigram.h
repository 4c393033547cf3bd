/*
 * Unigram: of all ways to make a text of pieces the one whose scores sum up highest (Viterbi),
 * as SentencePiece and the tokenizers library find it.
 */
#ifndef GM_INDEX_TOKEN_UNIGRAM_H
#define GM_INDEX_TOKEN_UNIGRAM_H

#include "index/token_vocabulary.h"

/*
 * Call `each` with the id of each piece of `text` (well-formed, at most 1 MB are looked at), in
 * their order. A character that no piece stands for costs `unknown_score` and has no id.
 */
typedef int (*gm_unigram_fn)(uint32_t id, void *payload);
int gm_unigram_encode(const struct gm_vocabulary *vocabulary, double unknown_score,
	const char *text, size_t size, gm_unigram_fn each, void *payload);

#endif
