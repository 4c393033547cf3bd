/*
 * What Unicode says of characters, and the foldings that make words comparable, over utf8proc.
 */
#ifndef GM_BASE_UNICODE_H
#define GM_BASE_UNICODE_H

#include <stddef.h>
#include <stdint.h>

enum gm_unicode_kind {
	GM_UNICODE_OTHER,
	GM_UNICODE_LETTER,
	GM_UNICODE_DIGIT, /* and every other number */
	GM_UNICODE_MARK, /* it combines with what is before; also a soft hyphen, a joiner */
};

/*
 * The code point at `text` (not empty), its kind, and its length in bytes: 1 with code point 0
 * for a byte that is no UTF-8.
 */
enum gm_unicode_kind gm_unicode_at(
	uint32_t *code_point_out, size_t *size_out, const char *text, size_t size);

/*
 * Write `text` (well-formed) with its case folded and in Normalization Form KC, without blanks
 * and ASCII punctuation: at most `cap` bytes of whole characters. Returns how many: none when
 * the text stands for more than 1,024 code points, since this is for words.
 */
size_t gm_unicode_fold_case(char *out, size_t cap, const char *text, size_t size);

/* The same for the marks that letters are composed with, in Normalization Form C. */
size_t gm_unicode_strip_marks(char *out, size_t cap, const char *text, size_t size);

/* The version of Unicode's tables. Lent for ever. */
const char *gm_unicode_version(void);

#endif
