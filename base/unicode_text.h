/*
 * Whole texts in Unicode's normal forms, and what else the tokenizers of language models ask
 * of characters, over utf8proc. Texts are well-formed UTF-8.
 */
#ifndef GM_BASE_UNICODE_TEXT_H
#define GM_BASE_UNICODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum gm_unicode_form {
	GM_UNICODE_NFC,
	GM_UNICODE_NFD,
	GM_UNICODE_NFKC,
	GM_UNICODE_NFKD,
};

/* Append `text` in a normal form (UAX #15). */
int gm_unicode_normalize(
	struct gm_buf *out, enum gm_unicode_form form, const char *text, size_t size);

/* Append the characters of `text` in lower case. */
int gm_unicode_lower(struct gm_buf *out, const char *text, size_t size);

/* Append one character. */
int gm_unicode_put(struct gm_buf *out, uint32_t code_point);

/* White space (the property White_Space). */
bool gm_unicode_is_space(uint32_t code_point);

/* Categories: P; Cc, Cf, Cs and Co (controls, formats, private ones); Mn. */
bool gm_unicode_is_punctuation(uint32_t code_point);
bool gm_unicode_is_other(uint32_t code_point);
bool gm_unicode_is_nonspacing_mark(uint32_t code_point);

/* The length in bytes of what a reader sees as the first character (UAX #29); `size` is not 0. */
size_t gm_unicode_grapheme(const char *text, size_t size);

#endif
