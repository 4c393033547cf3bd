#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cmd/command.h"

static enum gm_color_when color_when(const struct gm_call *call)
{
	if (!strcmp(call->color, "always"))
		return GM_COLOR_ALWAYS;
	return strcmp(call->color, "never") ? GM_COLOR_AUTO : GM_COLOR_NEVER;
}

int gm_call_page(struct gm_call *call)
{
	call->colored = !call->json && gm_color_wanted(color_when(call), stdout);
	if (call->no_pager || call->json)
		return 0;
	return gm_pager_start(&call->pager);
}

bool gm_call_progress(const struct gm_call *call)
{
	return call->progress || (!call->quiet && isatty(STDERR_FILENO));
}

int gm_output_failed(void)
{
	if (errno == EPIPE)
		return gm_error_errno("cannot write to standard output");
	/* A full disk there is none of the repository's. */
	return gm_error(GM_ERROR, "cannot write to standard output: %s", strerror(errno));
}

int gm_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vprintf(fmt, args);
	va_end(args);
	return n < 0 ? gm_output_failed() : gm_interrupted();
}

int gm_print_json(json_t *value)
{
	gm_autojson *owned = value;
	gm_autobuf line = GM_BUF_INIT(GM_BUF_LARGE);

	if (!owned)
		return GM_ENOMEM;
	int rc = gm_json_dump(&line, owned, false);
	if (rc == 0)
		rc = gm_buf_putc(&line, '\n');
	if (rc == 0 && fwrite(line.ptr, 1, line.size, stdout) != line.size)
		rc = gm_output_failed();
	return rc < 0 ? rc : gm_interrupted();
}

/* One line on stderr. It may quote bytes of others: on a terminal they must stay text. */
GM_PRINTF(2, 0) static void say(const char *prefix, const char *fmt, va_list args)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf safe = GM_BUF_INIT(GM_BUF_TEXT);

	if (gm_buf_vprintf(&text, fmt, args) < 0 ||
		gm_put_safe(&safe, gm_buf_str(&text), text.size) < 0)
		return; /* talk is not worth a failure */
	(void)fprintf(stderr, "%s%s\n", prefix, gm_buf_str(&safe));
}

void gm_talk(const struct gm_call *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!call->quiet)
		say("", fmt, args);
	va_end(args);
}

void gm_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("warning: ", fmt, args);
	va_end(args);
}
