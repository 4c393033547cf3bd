#include "base/unicode_text.h"

#include <utf8proc.h>

/* What utf8proc makes of `text`, in code points (gm_free). */
static int decompose(utf8proc_int32_t **out, utf8proc_ssize_t *n_out, const char *text,
	size_t size, utf8proc_option_t options)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t n =
		utf8proc_decompose(bytes, (utf8proc_ssize_t)size, NULL, 0, options);
	utf8proc_int32_t *code_points;

	if (n < 0)
		return gm_error(GM_EINVALID, "%s", utf8proc_errmsg(n));
	code_points = gm_malloc((size_t)n * sizeof(*code_points));
	if (!code_points)
		return GM_ENOMEM;
	(void)utf8proc_decompose(bytes, (utf8proc_ssize_t)size, code_points, n, options);
	*n_out = utf8proc_normalize_utf32(code_points, n, options);
	*out = code_points;
	return 0;
}

int gm_unicode_put(struct gm_buf *out, uint32_t code_point)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)code_point, bytes);

	return n > 0 ? gm_buf_put(out, bytes, (size_t)n) : 0;
}

int gm_unicode_normalize(
	struct gm_buf *out, enum gm_unicode_form form, const char *text, size_t size)
{
	gm_autofree utf8proc_int32_t *code_points = NULL;
	bool compose = form == GM_UNICODE_NFC || form == GM_UNICODE_NFKC;
	bool compat = form == GM_UNICODE_NFKC || form == GM_UNICODE_NFKD;
	int options = UTF8PROC_STABLE |
		(compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
		(compat ? UTF8PROC_COMPAT : 0);
	utf8proc_ssize_t n = 0;
	int rc = decompose(&code_points, &n, text, size, (utf8proc_option_t)options);

	for (utf8proc_ssize_t i = 0; i < n && rc == 0; i++)
		rc = gm_unicode_put(out, (uint32_t)code_points[i]);
	return rc;
}

int gm_unicode_lower(struct gm_buf *out, const char *text, size_t size)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
	const utf8proc_uint8_t *end = at + size;
	int rc = 0;

	while (at < end && rc == 0) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(at, end - at, &c);
		if (n <= 0)
			return gm_error(GM_EINVALID, "%s", utf8proc_errmsg(n));
		at += n;
		/* The only character whose lower case is two. */
		rc = c == 0x130 ? gm_buf_puts(out, "i\xcc\x87")
				: gm_unicode_put(out, (uint32_t)utf8proc_tolower(c));
	}
	return rc;
}

bool gm_unicode_is_space(uint32_t c)
{
	return (c >= 0x9 && c <= 0xd) || c == 0x20 || c == 0x85 || c == 0xa0 ||
		c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
		c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool gm_unicode_is_punctuation(uint32_t code_point)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);

	return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool gm_unicode_is_other(uint32_t code_point)
{
	return utf8proc_category((utf8proc_int32_t)code_point) >= UTF8PROC_CATEGORY_CC;
}

bool gm_unicode_is_nonspacing_mark(uint32_t code_point)
{
	return utf8proc_category((utf8proc_int32_t)code_point) == UTF8PROC_CATEGORY_MN;
}

size_t gm_unicode_grapheme(const char *text, size_t size)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t before;
	utf8proc_int32_t state = 0;
	utf8proc_ssize_t at = utf8proc_iterate(bytes, (utf8proc_ssize_t)size, &before);

	if (at <= 0)
		return 1;
	while ((size_t)at < size) {
		utf8proc_int32_t next;
		utf8proc_ssize_t n =
			utf8proc_iterate(bytes + at, (utf8proc_ssize_t)size - at, &next);
		if (n <= 0 || utf8proc_grapheme_break_stateful(before, next, &state))
			break;
		before = next;
		at += n;
	}
	return (size_t)at;
}
