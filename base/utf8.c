#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* The code point at `text` and its length; 0 when there is none, or it is NUL. */
static size_t take(uint32_t *out, const char *text, size_t size)
{
	utf8proc_int32_t code_point;

	if (size && *text > 0) {
		*out = (uint32_t)*text;
		return 1;
	}
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text,
		size > 4 ? 4 : (utf8proc_ssize_t)size, &code_point);

	if (n <= 0 || code_point <= 0)
		return 0;
	*out = (uint32_t)code_point;
	return (size_t)n;
}

/* How many bytes from here on are ASCII without NUL, looking at eight at a time. */
static size_t ascii_run(const char *text, size_t size)
{
	size_t i = 0;

	for (; size - i >= 8; i += 8) {
		uint64_t word;
		memcpy(&word, text + i, sizeof(word));
		uint64_t zeros = (word - UINT64_C(0x0101010101010101)) & ~word;
		if ((word | zeros) & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < size && text[i] > 0)
		i++;
	return i;
}

bool gm_utf8_valid(const char *text, size_t size)
{
	size_t i = 0;

	for (;;) {
		uint32_t code_point;
		i += ascii_run(text + i, size - i);
		if (i == size)
			return true;
		size_t n = take(&code_point, text + i, size - i);
		if (!n)
			return false;
		i += n;
	}
}

int gm_utf8_replace(struct gm_buf *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size;) {
		uint32_t code_point;
		size_t n = take(&code_point, text + i, size - i);
		int rc = n ? gm_buf_put(out, text + i, n)
			   : gm_buf_puts(out, "\xef\xbf\xbd");
		if (rc < 0)
			return rc;
		i += n ? n : 1;
	}
	return 0;
}

uint32_t gm_utf8_decode(size_t *size_out, const char *text)
{
	uint32_t code_point = 0xfffd;
	size_t n = take(&code_point, text, strnlen(text, 4));

	*size_out = n ? n : 1;
	return code_point;
}

bool gm_utf8_is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

static int library_error(utf8proc_ssize_t code)
{
	if (code == UTF8PROC_ERROR_NOMEM)
		return gm_error(GM_ENOMEM, "out of memory");
	return gm_error(GM_EINVALID, "cannot normalise text: %s", utf8proc_errmsg(code));
}

/* Append the mapped text. utf8proc_map() would allocate past our own allocator. */
static int put_mapped(
	struct gm_buf *out, const char *text, size_t size, utf8proc_option_t options)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	gm_autofree utf8proc_int32_t *points = NULL;

	if (size > INT32_MAX / 4)
		return gm_error(GM_ETOOBIG, "text of %zu bytes is too long", size);
	utf8proc_ssize_t room =
		utf8proc_decompose(bytes, (utf8proc_ssize_t)size, NULL, 0, options);
	if (room < 0)
		return library_error(room);
	/* The encoder works in place and ends its text with a NUL, hence the one more. */
	points = gm_malloc(((size_t)room + 1) * sizeof(*points));
	if (!points)
		return GM_ENOMEM;
	utf8proc_ssize_t n =
		utf8proc_decompose(bytes, (utf8proc_ssize_t)size, points, room, options);
	if (n >= 0)
		n = utf8proc_reencode(points, n, options);
	if (n < 0)
		return library_error(n);
	return gm_buf_put(out, points, (size_t)n);
}

int gm_utf8_nfc(struct gm_buf *out, const char *text, size_t size)
{
	if (!gm_utf8_valid(text, size))
		return gm_error(GM_EINVALID, "text is not valid UTF-8");
	if (ascii_run(text, size) == size)
		return gm_buf_put(out, text, size);
	return put_mapped(out, text, size, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

/* Characters that HFS+ leaves out when it compares names (TN1150, "Unicode Subtleties"). */
static bool is_ignored_in_names(uint32_t code_point)
{
	return (code_point >= 0x200c && code_point <= 0x200f) ||
		(code_point >= 0x202a && code_point <= 0x202e) ||
		(code_point >= 0x206a && code_point <= 0x206f) || code_point == 0xfeff;
}

static int put_lower_case(struct gm_buf *out, const char *text, size_t size)
{
	size_t start = out->size;
	int rc = gm_buf_put(out, text, size);

	if (rc < 0)
		return rc;
	for (size_t i = start; i < out->size; i++)
		if (out->ptr[i] >= 'A' && out->ptr[i] <= 'Z')
			out->ptr[i] = (char)(out->ptr[i] + ('a' - 'A'));
	return 0;
}

int gm_utf8_fold(struct gm_buf *out, const char *text, size_t size)
{
	const utf8proc_option_t options =
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD;
	gm_autobuf kept = GM_BUF_INIT(size);
	gm_autobuf once = GM_BUF_INIT(GM_BUF_LARGE);

	if (!gm_utf8_valid(text, size))
		return gm_error(GM_EINVALID, "text is not valid UTF-8");
	if (ascii_run(text, size) == size)
		return put_lower_case(out, text, size);
	for (size_t i = 0; i < size;) {
		uint32_t code_point = 0xfffd;
		size_t n = take(&code_point, text + i, size - i);
		int rc = is_ignored_in_names(code_point) ? 0
							 : gm_buf_put(&kept, text + i, n);
		if (rc < 0)
			return rc;
		i += n;
	}
	/* Twice, since what composes in the first pass may fold further in the second. */
	int rc = put_mapped(&once, gm_buf_str(&kept), kept.size, options);
	if (rc < 0)
		return rc;
	return put_mapped(out, gm_buf_str(&once), once.size, options);
}

static size_t columns_of(uint32_t code_point)
{
	if (code_point >= 0x20 && code_point < 0x7f)
		return 1;
	return (size_t)utf8proc_charwidth((utf8proc_int32_t)code_point);
}

size_t gm_utf8_width(const char *text, size_t size)
{
	size_t columns = 0;

	for (size_t i = 0; i < size;) {
		uint32_t code_point = 0xfffd;
		size_t n = take(&code_point, text + i, size - i);
		columns += columns_of(code_point);
		i += n ? n : 1;
	}
	return columns;
}

size_t gm_utf8_fit(const char *text, size_t size, size_t columns)
{
	size_t used = 0;
	size_t i = 0;

	while (i < size) {
		uint32_t code_point = 0xfffd;
		size_t n = take(&code_point, text + i, size - i);
		used += columns_of(code_point);
		if (used > columns)
			break;
		i += n ? n : 1;
	}
	return i;
}
