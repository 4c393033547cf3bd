/*
 * `recall --stdin`: a query a line, read as it comes.
 */
#ifndef GM_CMD_RECALL_LINES_H
#define GM_CMD_RECALL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct gm_query_lines {
	int fd;
	struct gm_buf line; /* without the newline; bytes that are not UTF-8 as U+FFFD */
	struct gm_buf read;
	size_t at;     /* where in `read` the next line begins */
	size_t number; /* of the line, from 1 */
	bool too_long; /* only its beginning is in `line` */
};

/* The longest query that is taken; what is longer is read to its end and told. */
#define GM_QUERY_LINE_MAX ((size_t)1 << 20)

#define GM_QUERY_LINES_INIT(fd_)                                \
	{                                                       \
		.fd = (fd_), .line = GM_BUF_INIT(GM_BUF_LARGE), \
		.read = GM_BUF_INIT(GM_BUF_LARGE)               \
	}
#define gm_autoquerylines gm_cleanup(gm_query_lines_dispose) struct gm_query_lines
void gm_query_lines_dispose(struct gm_query_lines *lines);

/* 1 with the next line, 0 at the end. GM_EINTERRUPTED when a signal came meanwhile. */
int gm_query_lines_next(struct gm_query_lines *lines);

#endif
