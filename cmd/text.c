#include "cmd/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"

const char *gm_color(bool colored, const char *code)
{
	return colored ? code : "";
}

int gm_puts_safe(struct gm_buf *out, const char *text)
{
	return gm_put_safe(out, text, strlen(text));
}

static size_t size_until(const char *text, size_t size, char end)
{
	const char *found = memchr(text, end, size);

	return found ? (size_t)(found - text) : size;
}

/* Tabs stay: they are how people indent. */
int gm_put_line_safe(struct gm_buf *out, const char *line, size_t size)
{
	for (;;) {
		size_t part = size_until(line, size, '\t');
		int rc = gm_put_safe(out, line, part);
		if (rc < 0 || part == size)
			return rc;
		rc = gm_buf_putc(out, '\t');
		if (rc < 0)
			return rc;
		line += part + 1;
		size -= part + 1;
	}
}

int gm_put_lines_safe(
	struct gm_buf *out, const char *indent, const char *text, size_t size)
{
	int rc = 0;

	while (rc == 0 && size) {
		size_t line = size_until(text, size, '\n');
		rc = gm_buf_puts(out, indent);
		if (rc == 0)
			rc = gm_put_line_safe(out, text, line);
		if (rc == 0)
			rc = gm_buf_putc(out, '\n');
		line += line < size;
		text += line;
		size -= line;
	}
	return rc;
}

int gm_print_bytes(const void *data, size_t size)
{
	if (size && fwrite(data, 1, size, stdout) != size)
		return gm_output_failed();
	return gm_interrupted();
}

int gm_print_file(const char *data, size_t size, bool safe)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	if (!safe || !size)
		return gm_print_bytes(data, size);
	int rc = gm_put_lines_safe(&text, "", data, size);
	if (rc < 0)
		return rc;
	if (data[size - 1] != '\n')
		text.size--;
	return gm_print_bytes(text.ptr, text.size);
}

bool gm_output_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}
