/*
 * Characters as the analyser sees them: what they are, what script they are of, and which
 * diacritics count. Bytes that are no UTF-8 separate words.
 */
#ifndef GM_INDEX_CHARACTERS_H
#define GM_INDEX_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "index/language.h"

enum gm_char_class {
	GM_CHAR_SEPARATOR,
	GM_CHAR_LETTER,
	GM_CHAR_DIGIT,
	GM_CHAR_MARK,     /* belongs to the letter before it */
	GM_CHAR_UNSPACED, /* a letter of a script that puts no blanks between words */
};

struct gm_char {
	enum gm_char_class class;
	enum gm_script script;
	size_t size; /* bytes; 1 for a byte that is no UTF-8 */
};

/* The character at `text`, which is not empty. */
struct gm_char gm_char_at(const char *text, size_t size);

/*
 * Write `text` (folded by gm_unicode_fold_case()) without its diacritics, at most `cap` bytes:
 * an acute accent goes, and the stroke of an o. Marks that make another letter stay, such as those
 * of Kana, of Devanagari, and the breve of the Cyrillic short i. Returns how many.
 */
size_t gm_fold_marks(
	char *out, size_t cap, const char *text, size_t size, enum gm_script script);

#endif
