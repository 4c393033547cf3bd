#include "cmd/message.h"

#include <string.h>

/* The size of a line without the blanks at its end. */
static size_t trimmed(const char *line, size_t size)
{
	while (size && strchr(" \t\r\v\f", line[size - 1]))
		size--;
	return size;
}

int gm_message_clean(struct gm_buf *out, const char *text, bool drop_comments)
{
	size_t start = out->size;
	bool blank = false;
	int rc = 0;

	while (rc == 0 && *text) {
		size_t size = strcspn(text, "\n");
		size_t kept = trimmed(text, size);
		bool dropped = drop_comments && *text == '#';
		if (kept && !dropped) {
			if (blank && out->size > start)
				rc = gm_buf_putc(out, '\n');
			if (rc == 0)
				rc = gm_buf_put(out, text, kept);
			if (rc == 0)
				rc = gm_buf_putc(out, '\n');
		}
		blank = dropped ? blank : !kept;
		text += size + (text[size] == '\n');
	}
	return rc;
}

int gm_message_join(struct gm_buf *out, const struct gm_strv *paragraphs)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < paragraphs->n; i++)
		rc = gm_buf_printf(out, "%s%s", i ? "\n\n" : "", paragraphs->items[i]);
	return rc;
}
