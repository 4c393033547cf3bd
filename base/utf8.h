/*
 * UTF-8 (RFC 3629) and the two foldings that decide whether names look alike, over utf8proc.
 */
#ifndef GM_BASE_UTF8_H
#define GM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* True when all bytes are well-formed UTF-8 without NUL. */
bool gm_utf8_valid(const char *text, size_t size);

/* Append `text` with every byte that is not part of well-formed UTF-8, or is NUL, as U+FFFD. */
int gm_utf8_replace(struct gm_buf *out, const char *text, size_t size);

/*
 * The code point that starts at `text` (well-formed, not empty); its length in bytes goes to
 * `size_out`.
 */
uint32_t gm_utf8_decode(size_t *size_out, const char *text);

/* True for C0 and C1 controls and DEL. */
bool gm_utf8_is_control(uint32_t code_point);

/* Append `text` in Unicode Normalization Form C (UAX #15). GM_EINVALID when it is not UTF-8. */
int gm_utf8_nfc(struct gm_buf *out, const char *text, size_t size);

/*
 * Append what is left when a file system folds case, normalises and drops the characters that
 * HFS+ ignores: two names with equal keys may be one file somewhere.
 */
int gm_utf8_fold(struct gm_buf *out, const char *text, size_t size);

/* Columns on a terminal; wide characters count 2, combining ones 0. */
size_t gm_utf8_width(const char *text, size_t size);

/* The longest prefix, in bytes, that fits in `columns`. Never cuts a character. */
size_t gm_utf8_fit(const char *text, size_t size, size_t columns);

#endif
