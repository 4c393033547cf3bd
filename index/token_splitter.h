/*
 * The pre-tokenizer of a tokenizer.json: how a normalized text falls into the parts whose
 * pieces are looked for, as the tokenizers library does it. Known are BertPreTokenizer,
 * Whitespace, WhitespaceSplit, Punctuation, Metaspace, ByteLevel without its expression, and
 * Sequence of these.
 */
#ifndef GM_INDEX_TOKEN_SPLITTER_H
#define GM_INDEX_TOKEN_SPLITTER_H

#include "base/json.h"

struct gm_token_splitter;

/* Read it; JSON null leaves texts whole. GM_EINVALID when it is of a kind we do not know. */
int gm_token_splitter_new(struct gm_token_splitter **out, const json_t *json);
void gm_token_splitter_free(struct gm_token_splitter *splitter);
GM_DEFINE_CLEANUP(struct gm_token_splitter, gm_token_splitter_free)

/* Call `each` with each part, in their order; a return that is not 0 ends it and is returned. */
typedef int (*gm_token_part_fn)(const char *part, size_t size, void *payload);
int gm_token_split(const struct gm_token_splitter *splitter, const char *text,
	size_t size, gm_token_part_fn each, void *payload);

#endif
