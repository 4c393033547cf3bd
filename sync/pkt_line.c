#include "sync/pkt_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct gm_pkt_reader {
	char *name;
	gm_pkt_read_fn read;
	void *payload;
	size_t start; /* of what was not looked at yet */
	size_t end;
	char bytes[GM_PKT_MAX];
	char line[GM_PKT_MAX]; /* the last one, with a NUL behind it */
};

int gm_pkt_reader_new(
	struct gm_pkt_reader **out, const char *name, gm_pkt_read_fn read, void *payload)
{
	gm_cleanup(gm_pkt_reader_free_p) struct gm_pkt_reader *reader =
		gm_calloc(1, sizeof(*reader));

	if (!reader)
		return GM_ENOMEM;
	reader->name = gm_strdup(name);
	if (!reader->name)
		return GM_ENOMEM;
	reader->read = read;
	reader->payload = payload;
	*out = gm_steal(&reader);
	return 0;
}

void gm_pkt_reader_free(struct gm_pkt_reader *reader)
{
	if (!reader)
		return;
	gm_free(reader->name);
	gm_free(reader);
}

/* Have `size` bytes at `start`. Returns 1, 0 when the bytes end before, or an error. */
static int fill(struct gm_pkt_reader *reader, size_t size)
{
	if (reader->end - reader->start >= size)
		return 1;
	memmove(reader->bytes, reader->bytes + reader->start,
		reader->end - reader->start);
	reader->end -= reader->start;
	reader->start = 0;
	while (reader->end < size) {
		size_t n = 0;
		int rc = reader->read(&n, reader->bytes + reader->end,
			GM_PKT_MAX - reader->end, reader->payload);
		if (rc < 0)
			return rc;
		if (!n)
			return 0;
		reader->end += n;
	}
	return 1;
}

/* The size that four hexadecimal digits tell; -1 when they are none. */
static int parse_size(const char digits[4])
{
	int size = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = digits[i];
		if (c >= '0' && c <= '9')
			size = size * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			size = size * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			size = size * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return size;
}

static int cut(const struct gm_pkt_reader *reader)
{
	return gm_error(GM_EINVALID, "%s hung up in the middle of a line", reader->name);
}

int gm_pkt_read_raw(struct gm_pkt *out, struct gm_pkt_reader *reader)
{
	int rc = fill(reader, 4);

	if (rc < 0)
		return rc;
	if (!rc && reader->end > reader->start)
		return cut(reader);
	*out = (struct gm_pkt){.kind = rc ? GM_PKT_FLUSH : GM_PKT_END, .data = ""};
	if (!rc)
		return 0;
	int size = parse_size(reader->bytes + reader->start);
	if (size < 0 || (size > 0 && size < 4) || size > GM_PKT_MAX)
		return gm_error(GM_EINVALID, "%s does not speak git's protocol: '%.4s'",
			reader->name, reader->bytes + reader->start);
	if (!size) {
		reader->start += 4;
		return 0;
	}
	rc = fill(reader, (size_t)size);
	if (rc <= 0)
		return rc < 0 ? rc : cut(reader);
	out->kind = GM_PKT_DATA;
	out->data = reader->line;
	out->size = (size_t)size - 4;
	memcpy(reader->line, reader->bytes + reader->start + 4, out->size);
	reader->line[out->size] = '\0';
	reader->start += (size_t)size;
	return 0;
}

int gm_pkt_read(struct gm_pkt *out, struct gm_pkt_reader *reader)
{
	int rc = gm_pkt_read_raw(out, reader);

	if (rc == 0 && out->size && out->data[out->size - 1] == '\n') {
		out->size--;
		reader->line[out->size] = '\0';
	}
	return rc;
}

int gm_pkt_put(struct gm_buf *out, const void *data, size_t size)
{
	char digits[5];
	size_t before = out->size;

	if (size > GM_PKT_MAX_DATA)
		return gm_error(GM_ETOOBIG, "a line of git's protocol would be too long");
	(void)snprintf(digits, sizeof(digits), "%04x", (unsigned)(size + 4));
	int rc = gm_buf_put(out, digits, 4);
	if (rc == 0)
		rc = gm_buf_put(out, data, size);
	if (rc < 0)
		out->size = before;
	return rc;
}

int gm_pkt_printf(struct gm_buf *out, const char *fmt, ...)
{
	gm_autobuf line = GM_BUF_INIT(GM_PKT_MAX);
	va_list args;

	va_start(args, fmt);
	int rc = gm_buf_vprintf(&line, fmt, args);
	va_end(args);
	return rc < 0 ? rc : gm_pkt_put(out, gm_buf_str(&line), line.size);
}

int gm_pkt_put_flush(struct gm_buf *out)
{
	return gm_buf_puts(out, "0000");
}
