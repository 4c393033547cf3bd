/*
 * Bounded buffers: bytes that grow up to a ceiling set at birth, so that no input, however
 * hostile, makes us ask for more memory than its kind can need.
 *
 * Once something was put in, the bytes end in a NUL that is not counted in `size`.
 */
#ifndef GM_BASE_BUF_H
#define GM_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

struct gm_buf {
	char *ptr;
	size_t size;
	size_t cap;
	size_t max;
};

/* Usual ceilings, in bytes. */
#define GM_BUF_PATH ((size_t)8 << 10)
#define GM_BUF_TEXT ((size_t)1 << 20)
#define GM_BUF_LARGE ((size_t)1 << 30)

#define GM_BUF_INIT(ceiling)                                       \
	{                                                          \
		.ptr = NULL, .size = 0, .cap = 0, .max = (ceiling) \
	}
#define gm_autobuf gm_cleanup(gm_buf_dispose) struct gm_buf

/* All return 0, GM_ETOOBIG over the ceiling, or GM_ENOMEM; the contents then stay as they were. */
int gm_buf_put(struct gm_buf *buf, const void *data, size_t size);
int gm_buf_puts(struct gm_buf *buf, const char *text);
int gm_buf_putc(struct gm_buf *buf, char c);
int gm_buf_printf(struct gm_buf *buf, const char *fmt, ...) GM_PRINTF(2, 3);
int gm_buf_vprintf(struct gm_buf *buf, const char *fmt, va_list args) GM_PRINTF(2, 0);

/* Room for `extra` more bytes (and the NUL) behind `size`. */
int gm_buf_reserve(struct gm_buf *buf, size_t extra);

/* The contents as a string, "" when nothing was put in. Lent. */
const char *gm_buf_str(const struct gm_buf *buf);

/* Empty it and keep the memory. */
void gm_buf_reset(struct gm_buf *buf);

/* Give the bytes to the caller (gm_free); never NULL unless out of memory. */
char *gm_buf_detach(struct gm_buf *buf);

void gm_buf_dispose(struct gm_buf *buf);

/* printf into a new string (gm_free); NULL with the error set. */
char *gm_format(const char *fmt, ...) GM_PRINTF(1, 2);

#endif
