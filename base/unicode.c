#include "base/unicode.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* More code points than any word has, also when some of them stand for many. */
#define MAX_CODE_POINTS 1024

/* By utf8proc's categories; all others are of no kind. */
static const enum gm_unicode_kind kinds[] = {
	[UTF8PROC_CATEGORY_LU] = GM_UNICODE_LETTER,
	[UTF8PROC_CATEGORY_LL] = GM_UNICODE_LETTER,
	[UTF8PROC_CATEGORY_LT] = GM_UNICODE_LETTER,
	[UTF8PROC_CATEGORY_LM] = GM_UNICODE_LETTER,
	[UTF8PROC_CATEGORY_LO] = GM_UNICODE_LETTER,
	[UTF8PROC_CATEGORY_MN] = GM_UNICODE_MARK,
	[UTF8PROC_CATEGORY_MC] = GM_UNICODE_MARK,
	[UTF8PROC_CATEGORY_ME] = GM_UNICODE_MARK,
	[UTF8PROC_CATEGORY_ND] = GM_UNICODE_DIGIT,
	[UTF8PROC_CATEGORY_NL] = GM_UNICODE_DIGIT,
	[UTF8PROC_CATEGORY_NO] = GM_UNICODE_DIGIT,
	[UTF8PROC_CATEGORY_CF] = GM_UNICODE_MARK, /* a soft hyphen, a joiner */
};

enum gm_unicode_kind gm_unicode_at(
	uint32_t *code_point_out, size_t *size_out, const char *text, size_t size)
{
	utf8proc_int32_t code_point;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text,
		size > 4 ? 4 : (utf8proc_ssize_t)size, &code_point);

	if (n <= 0) {
		*code_point_out = 0;
		*size_out = 1;
		return GM_UNICODE_OTHER;
	}
	*code_point_out = (uint32_t)code_point;
	*size_out = (size_t)n;
	size_t category = utf8proc_category(code_point);
	return category < sizeof(kinds) / sizeof(*kinds) ? kinds[category]
							 : GM_UNICODE_OTHER;
}

/* What stands for several characters may have blanks and the like among them. */
static bool is_punctuation(int32_t code_point)
{
	int32_t letter = code_point | 0x20;
	bool alphanumeric = (letter >= 'a' && letter <= 'z') ||
		(code_point >= '0' && code_point <= '9');

	return code_point < 0x80 && !alphanumeric;
}

/* Whole characters of code points, as far as there is room. */
static size_t encode(
	char *out, size_t cap, const utf8proc_int32_t *code_points, utf8proc_ssize_t n)
{
	size_t size = 0;

	for (utf8proc_ssize_t i = 0; i < n; i++) {
		utf8proc_uint8_t bytes[4];
		if (is_punctuation(code_points[i]))
			continue;
		utf8proc_ssize_t n_bytes = utf8proc_encode_char(code_points[i], bytes);
		if (n_bytes <= 0 || (size_t)n_bytes > cap - size)
			break;
		memcpy(out + size, bytes, (size_t)n_bytes);
		size += (size_t)n_bytes;
	}
	return size;
}

static size_t fold(char *out, size_t cap, const char *text, size_t size, int options)
{
	utf8proc_int32_t code_points[MAX_CODE_POINTS];
	utf8proc_ssize_t n =
		utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size,
			code_points, MAX_CODE_POINTS, (utf8proc_option_t)options);

	if (n <= 0 || n > MAX_CODE_POINTS)
		return 0;
	n = utf8proc_normalize_utf32(code_points, n, (utf8proc_option_t)options);
	return n <= 0 ? 0 : encode(out, cap, code_points, n);
}

size_t gm_unicode_fold_case(char *out, size_t cap, const char *text, size_t size)
{
	return fold(out, cap, text, size,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
			UTF8PROC_IGNORE);
}

size_t gm_unicode_strip_marks(char *out, size_t cap, const char *text, size_t size)
{
	return fold(out, cap, text, size,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_STRIPMARK);
}

const char *gm_unicode_version(void)
{
	return utf8proc_unicode_version();
}
