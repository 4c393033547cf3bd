/*
 * The normalizer of a tokenizer.json: the steps that a text goes through before it is taken
 * apart, as the tokenizers library takes them. Known are BertNormalizer, Lowercase, NFC, NFD,
 * NFKC, NFKD, StripAccents, Strip, Prepend, Replace (of a string, or of runs of white space),
 * Precompiled, and Sequence of these.
 */
#ifndef GM_INDEX_TOKEN_NORMALIZER_H
#define GM_INDEX_TOKEN_NORMALIZER_H

#include "base/json.h"

struct gm_token_normalizer;

/* Read it; JSON null has no steps. GM_EINVALID when it is of a kind we do not know. */
int gm_token_normalizer_new(struct gm_token_normalizer **out, const json_t *json);
void gm_token_normalizer_free(struct gm_token_normalizer *normalizer);
GM_DEFINE_CLEANUP(struct gm_token_normalizer, gm_token_normalizer_free)

/* Append the text, which is well-formed, normalized. */
int gm_token_normalize(struct gm_buf *out, const struct gm_token_normalizer *normalizer,
	const char *text, size_t size);

#endif
