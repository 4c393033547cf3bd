#include "index/characters.h"

#include <stdint.h>
#include <string.h>

#include "base/unicode.h"

struct range {
	uint32_t first;
	uint32_t last;
	enum gm_script script;
	bool unspaced;
};

/* Sorted. Ranges that hold no letters do no harm. */
static const struct range ranges[] = {
	{0x0000, 0x024f, GM_SCRIPT_LATIN, false},
	{0x0370, 0x03ff, GM_SCRIPT_GREEK, false},
	{0x0400, 0x052f, GM_SCRIPT_CYRILLIC, false},
	{0x0600, 0x06ff, GM_SCRIPT_ARABIC, false},
	{0x0750, 0x077f, GM_SCRIPT_ARABIC, false},
	{0x0e00, 0x0eff, GM_SCRIPT_OTHER, true}, /* Thai, Lao */
	{0x1000, 0x109f, GM_SCRIPT_OTHER, true}, /* Myanmar */
	{0x1100, 0x11ff, GM_SCRIPT_HANGUL, true},
	{0x1780, 0x17ff, GM_SCRIPT_OTHER, true}, /* Khmer */
	{0x1e00, 0x1eff, GM_SCRIPT_LATIN, false},
	{0x1f00, 0x1fff, GM_SCRIPT_GREEK, false},
	{0x2e80, 0x3007, GM_SCRIPT_HAN, true},
	{0x3021, 0x303b, GM_SCRIPT_HAN, true},
	{0x3040, 0x30ff, GM_SCRIPT_KANA, true},
	{0x3105, 0x312f, GM_SCRIPT_HAN, true},
	{0x3130, 0x318f, GM_SCRIPT_HANGUL, true},
	{0x31f0, 0x31ff, GM_SCRIPT_KANA, true},
	{0x3400, 0x4dbf, GM_SCRIPT_HAN, true},
	{0x4e00, 0x9fff, GM_SCRIPT_HAN, true},
	{0xa960, 0xa97f, GM_SCRIPT_HANGUL, true},
	{0xac00, 0xd7ff, GM_SCRIPT_HANGUL, true},
	{0xf900, 0xfaff, GM_SCRIPT_HAN, true},
	{0xfb00, 0xfb06, GM_SCRIPT_LATIN, false},
	{0xfb50, 0xfdff, GM_SCRIPT_ARABIC, false},
	{0xfe70, 0xfeff, GM_SCRIPT_ARABIC, false},
	{0xff21, 0xff5a, GM_SCRIPT_LATIN, false},
	{0xff66, 0xff9f, GM_SCRIPT_KANA, true},
	{0xffa0, 0xffdc, GM_SCRIPT_HANGUL, true},
	{0x20000, 0x3ffff, GM_SCRIPT_HAN, true},
};

static const struct range *find_range(uint32_t code_point)
{
	size_t from = 0;
	size_t to = sizeof(ranges) / sizeof(*ranges);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (code_point > ranges[middle].last)
			from = middle + 1;
		else if (code_point < ranges[middle].first)
			to = middle;
		else
			return &ranges[middle];
	}
	return NULL;
}

static struct gm_char ascii_char(unsigned char c)
{
	unsigned letter = (unsigned)(c | 0x20) - 'a';

	if (letter < 26)
		return (struct gm_char){GM_CHAR_LETTER, GM_SCRIPT_LATIN, 1};
	if (c >= '0' && c <= '9')
		return (struct gm_char){GM_CHAR_DIGIT, GM_SCRIPT_NONE, 1};
	return (struct gm_char){GM_CHAR_SEPARATOR, GM_SCRIPT_NONE, 1};
}

static enum gm_char_class class_of(enum gm_unicode_kind kind, const struct range *range)
{
	switch (kind) {
	case GM_UNICODE_LETTER:
		return range && range->unspaced ? GM_CHAR_UNSPACED : GM_CHAR_LETTER;
	case GM_UNICODE_DIGIT:
		return GM_CHAR_DIGIT;
	case GM_UNICODE_MARK:
		return GM_CHAR_MARK;
	case GM_UNICODE_OTHER:
	default:
		return GM_CHAR_SEPARATOR;
	}
}

struct gm_char gm_char_at(const char *text, size_t size)
{
	uint32_t code_point;
	struct gm_char found = {GM_CHAR_SEPARATOR, GM_SCRIPT_NONE, 1};

	if (!((unsigned char)*text & 0x80))
		return ascii_char((unsigned char)*text);
	enum gm_unicode_kind kind = gm_unicode_at(&code_point, &found.size, text, size);
	const struct range *range = find_range(code_point);
	found.class = class_of(kind, range);
	if (kind == GM_UNICODE_LETTER || kind == GM_UNICODE_MARK)
		found.script = range ? range->script : GM_SCRIPT_OTHER;
	return found;
}

/* Letters that Unicode does not take apart; all are two bytes. */
static const struct {
	char letter[3];
	char plain[3];
} strokes[] = {
	{"æ", "ae"}, {"ð", "d"}, {"ø", "o"}, {"đ", "d"}, {"ı", "i"}, {"ł", "l"},
	{"œ", "oe"}, {"ё", "е"}, /* Cyrillic */
};

/* Each is replaced by something that is not longer. */
static size_t fold_strokes(char *text, size_t size)
{
	size_t to = 0;

	for (size_t at = 0; at < size;) {
		size_t i = 0;
		size_t n = sizeof(strokes) / sizeof(*strokes);

		while (i < n &&
			(size - at < 2 || memcmp(text + at, strokes[i].letter, 2)))
			i++;
		if (i == n) {
			text[to++] = text[at++];
			continue;
		}
		size_t plain = strlen(strokes[i].plain);
		memcpy(text + to, strokes[i].plain, plain);
		to += plain;
		at += 2;
	}
	return to;
}

size_t gm_fold_marks(
	char *out, size_t cap, const char *text, size_t size, enum gm_script script)
{
	size_t folded = size < cap ? size : cap;
	bool strip = script == GM_SCRIPT_LATIN || script == GM_SCRIPT_GREEK ||
		script == GM_SCRIPT_ARABIC;

	if (strip)
		folded = gm_unicode_strip_marks(out, cap, text, size);
	else
		memcpy(out, text, folded);
	return fold_strokes(out, folded);
}
