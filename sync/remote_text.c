#include "sync/remote_text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"

static void show(const struct gm_remote_text *text, char end)
{
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);
	bool is_terminal = isatty(STDERR_FILENO);

	if (text->is_quiet || (end == '\r' && !is_terminal))
		return;
	if (gm_put_safe(&safe, gm_buf_str(&text->line), text->line.size) < 0)
		return; /* talk is not worth a failure */
	(void)fprintf(stderr, "remote: %s%s%c", gm_buf_str(&safe),
		is_terminal ? "\033[K" : "", end);
}

void gm_remote_text_put(struct gm_remote_text *text, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool is_end = bytes[i] == '\n' || bytes[i] == '\r';
		/* A line without an end is shown in pieces. */
		if (is_end || gm_buf_putc(&text->line, bytes[i]) < 0) {
			show(text, is_end ? bytes[i] : '\n');
			gm_buf_reset(&text->line);
			if (!is_end)
				(void)gm_buf_putc(&text->line, bytes[i]);
		}
	}
}

void gm_remote_text_dispose(struct gm_remote_text *text)
{
	if (text->line.size)
		show(text, '\n');
	gm_buf_dispose(&text->line);
}
