/*
 * A tokenizer.json as the tokenizers library writes them: from texts to the ids of the pieces
 * they are made of. Models are WordPiece, Unigram (the best way through the text by the
 * pieces' scores) and WordLevel. What it adds around texts, and special tokens that stand in a
 * text, are left out: text is text.
 */
#ifndef GM_INDEX_TOKENS_H
#define GM_INDEX_TOKENS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct gm_tokens;

/* Read one. GM_EINVALID says what is wrong or not supported. */
int gm_tokens_new(struct gm_tokens **out, const char *json, size_t size);
void gm_tokens_free(struct gm_tokens *tokens);
GM_DEFINE_CLEANUP(struct gm_tokens, gm_tokens_free)

/* One more than the highest id. */
size_t gm_tokens_count(const struct gm_tokens *tokens);

/* Half of the pieces have no more characters than this. */
size_t gm_tokens_median(const struct gm_tokens *tokens);

struct gm_token_ids {
	uint32_t *ids;
	size_t n;
	size_t cap;
};

#define GM_TOKEN_IDS_INIT                     \
	{                                     \
		.ids = NULL, .n = 0, .cap = 0 \
	}
void gm_token_ids_dispose(struct gm_token_ids *ids);
#define gm_autotokenids gm_cleanup(gm_token_ids_dispose) struct gm_token_ids

/* Append the ids of a text, which is well-formed UTF-8; what is unknown has none. */
int gm_tokens_encode(struct gm_token_ids *out, const struct gm_tokens *tokens,
	const char *text, size_t size);

#endif
