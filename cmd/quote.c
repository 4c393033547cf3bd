#include "cmd/quote.h"

#include <string.h>

bool gm_path_needs_quotes(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path < ' ' || *path == 0x7f || *path == '"' ||
			*path == '\\')
			return true;
	return false;
}

static int put_escaped(struct gm_buf *out, char c)
{
	static const char plain[] = "\a\b\t\n\v\f\r\"\\";
	static const char letters[] = "abtnvfr\"\\";
	const char *found = strchr(plain, c);

	if (found)
		return gm_buf_printf(out, "\\%c", letters[found - plain]);
	if ((unsigned char)c < ' ' || c == 0x7f)
		return gm_buf_printf(out, "\\%03o", (unsigned)(unsigned char)c);
	return gm_buf_putc(out, c);
}

int gm_put_path(struct gm_buf *out, const char *prefix, const char *path)
{
	if (!gm_path_needs_quotes(path))
		return gm_buf_printf(out, "%s%s", prefix, path);
	int rc = gm_buf_printf(out, "\"%s", prefix);
	for (; rc == 0 && *path; path++)
		rc = put_escaped(out, *path);
	return rc < 0 ? rc : gm_buf_putc(out, '"');
}
