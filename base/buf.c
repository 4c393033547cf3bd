#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int gm_buf_reserve(struct gm_buf *buf, size_t extra)
{
	if (extra > buf->max || buf->size > buf->max - extra)
		return gm_error(GM_ETOOBIG, "more than %zu bytes", buf->max);
	size_t need = buf->size + extra + 1;
	if (need <= buf->cap)
		return 0;
	size_t wanted = buf->cap + buf->cap / 2;
	if (wanted < need)
		wanted = need < 64 ? 64 : need;
	if (wanted > buf->max + 1)
		wanted = buf->max + 1;
	char *ptr = gm_realloc(buf->ptr, wanted);
	if (!ptr)
		return GM_ENOMEM;
	buf->ptr = ptr;
	buf->cap = wanted;
	buf->ptr[buf->size] = '\0';
	return 0;
}

int gm_buf_put(struct gm_buf *buf, const void *data, size_t size)
{
	int rc = gm_buf_reserve(buf, size);

	if (rc < 0)
		return rc;
	if (size)
		memcpy(buf->ptr + buf->size, data, size);
	buf->size += size;
	buf->ptr[buf->size] = '\0';
	return 0;
}

int gm_buf_puts(struct gm_buf *buf, const char *text)
{
	return gm_buf_put(buf, text, strlen(text));
}

int gm_buf_putc(struct gm_buf *buf, char c)
{
	return gm_buf_put(buf, &c, 1);
}

/* Most of what is printed is short: it is put down at once, without being measured first. */
#define PRINT_ROOM ((size_t)128)

int gm_buf_vprintf(struct gm_buf *buf, const char *fmt, va_list args)
{
	size_t left = buf->max > buf->size ? buf->max - buf->size : 0;
	va_list again;
	int rc = gm_buf_reserve(buf, left < PRINT_ROOM ? left : PRINT_ROOM);

	if (rc < 0)
		return rc;
	va_copy(again, args);
	int size = vsnprintf(buf->ptr + buf->size, buf->cap - buf->size, fmt, again);
	va_end(again);
	if (size >= 0 && (size_t)size < buf->cap - buf->size) {
		buf->size += (size_t)size;
		return 0;
	}
	buf->ptr[buf->size] = '\0';
	if (size < 0)
		return gm_error(GM_ERROR, "cannot format a message");
	rc = gm_buf_reserve(buf, (size_t)size);
	if (rc < 0)
		return rc;
	(void)vsnprintf(buf->ptr + buf->size, (size_t)size + 1, fmt, args);
	buf->size += (size_t)size;
	return 0;
}

int gm_buf_printf(struct gm_buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int rc = gm_buf_vprintf(buf, fmt, args);
	va_end(args);
	return rc;
}

const char *gm_buf_str(const struct gm_buf *buf)
{
	return buf->ptr ? buf->ptr : "";
}

void gm_buf_reset(struct gm_buf *buf)
{
	buf->size = 0;
	if (buf->ptr)
		buf->ptr[0] = '\0';
}

char *gm_buf_detach(struct gm_buf *buf)
{
	if (!buf->ptr)
		return gm_strdup("");
	char *ptr = buf->ptr;
	buf->ptr = NULL;
	buf->size = buf->cap = 0;
	return ptr;
}

void gm_buf_dispose(struct gm_buf *buf)
{
	gm_free(buf->ptr);
	buf->ptr = NULL;
	buf->size = buf->cap = 0;
}

char *gm_format(const char *fmt, ...)
{
	gm_autobuf buf = GM_BUF_INIT(GM_BUF_TEXT);
	va_list args;

	va_start(args, fmt);
	int rc = gm_buf_vprintf(&buf, fmt, args);
	va_end(args);
	return rc < 0 ? NULL : gm_buf_detach(&buf);
}
