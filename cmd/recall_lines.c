#include "cmd/recall_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/utf8.h"

#define CHUNK ((size_t)64 << 10)

void gm_query_lines_dispose(struct gm_query_lines *lines)
{
	gm_buf_dispose(&lines->line);
	gm_buf_dispose(&lines->read);
}

/* Read what there is in the place of what was read; 1, or 0 at the end. */
static int fill(struct gm_query_lines *lines)
{
	gm_buf_reset(&lines->read);
	lines->at = 0;
	int rc = gm_buf_reserve(&lines->read, CHUNK);
	while (rc == 0) {
		ssize_t n = read(lines->fd, lines->read.ptr, CHUNK);
		if (n >= 0) {
			lines->read.size = (size_t)n;
			return n > 0;
		}
		rc = errno == EINTR ? gm_interrupted()
				    : gm_error_errno("cannot read the queries");
	}
	return rc;
}

/* Move bytes up to a newline over to `raw`; 1 when the line is whole. */
static int take_part(struct gm_query_lines *lines, struct gm_buf *raw)
{
	const char *start = lines->read.ptr + lines->at;
	size_t rest = lines->read.size - lines->at;
	const char *end = memchr(start, '\n', rest);
	size_t size = end ? (size_t)(end - start) : rest;
	size_t room = GM_QUERY_LINE_MAX - raw->size;

	lines->at += size + (end != NULL);
	lines->too_long = lines->too_long || size > room;
	int rc = gm_buf_put(raw, start, size < room ? size : room);
	return rc < 0 ? rc : end != NULL;
}

int gm_query_lines_next(struct gm_query_lines *lines)
{
	gm_autobuf raw = GM_BUF_INIT(GM_BUF_LARGE);
	bool any = false;
	int rc = 0;

	lines->too_long = false;
	while (rc == 0) {
		if (lines->at == lines->read.size) {
			rc = fill(lines);
			if (rc < 0 || (rc == 0 && !any))
				return rc;
			if (rc == 0)
				break;
		}
		any = true;
		rc = take_part(lines, &raw);
	}
	if (rc < 0)
		return rc;
	if (raw.size && raw.ptr[raw.size - 1] == '\r')
		raw.size--;
	lines->number++;
	gm_buf_reset(&lines->line);
	rc = gm_utf8_replace(&lines->line, raw.size ? raw.ptr : "", raw.size);
	return rc < 0 ? rc : 1;
}
