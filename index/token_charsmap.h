/*
 * SentencePiece's compiled table of replacements (`precompiled_charsmap` in a tokenizer.json):
 * the size of a double-array trie in bytes (32 bits, little-endian), the trie (Darts-clone:
 * units of 32 bits), and the replacements, each ended by a NUL. What the trie finds is the
 * place of the replacement. As in the tokenizers library, one is looked for by what a reader
 * sees as a character, if that is shorter than six bytes, and else by each code point.
 *
 * The bytes are anybody's: each step is checked.
 */
#ifndef GM_INDEX_TOKEN_CHARSMAP_H
#define GM_INDEX_TOKEN_CHARSMAP_H

#include <stddef.h>

#include "base/buf.h"

struct gm_charsmap;

/* Read one from its text in base 64. GM_EINVALID. */
int gm_charsmap_new(struct gm_charsmap **out, const char *text, size_t size);
void gm_charsmap_free(struct gm_charsmap *map);
GM_DEFINE_CLEANUP(struct gm_charsmap, gm_charsmap_free)

/* Append `text` (well-formed UTF-8) with its characters replaced. */
int gm_charsmap_apply(
	struct gm_buf *out, const struct gm_charsmap *map, const char *text, size_t size);

#endif
