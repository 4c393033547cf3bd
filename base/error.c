#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct gm_error last;

/*
 * Make a message one harmless line: names in it come from files and peers, and a terminal
 * obeys control characters. A character that was cut at the end goes.
 */
static void clean(char *text)
{
	unsigned char *at = (unsigned char *)text;

	for (; *at; at++) {
		if (*at < 0x20 || *at == 0x7f)
			*at = '?';
		else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
			at[0] = at[1] = '?'; /* the C1 controls in UTF-8 */
	}
}

/* Cut a character that lost its end where the text was cut to the buffer. */
static void trim_cut(char *text, size_t size)
{
	size_t n = strlen(text);
	size_t start = n;

	if (n + 1 < size)
		return;
	while (start && n - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (unsigned char)text[start - 1] >= 0xc0)
		text[start - 1] = '\0';
}

/* By way of a copy: the arguments may point into the message that is replaced. */
GM_PRINTF(2, 0)
static void set_message(enum gm_errcode code, const char *fmt, va_list args)
{
	char text[sizeof(last.message)];

	(void)vsnprintf(text, sizeof(text), fmt, args);
	trim_cut(text, sizeof(text));
	clean(text);
	memcpy(last.message, text, sizeof(text));
	last.code = code;
	last.hint[0] = '\0';
	last.unknown[0] = '\0';
}

int gm_error(enum gm_errcode code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_message(code, fmt, args);
	va_end(args);
	return code;
}

static enum gm_errcode code_of_errno(int err)
{
	switch (err) {
	case ENOMEM:
		return GM_ENOMEM;
	case ENOENT:
	case ENOTDIR:
		return GM_ENOTFOUND;
	case EEXIST:
		return GM_EEXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return GM_EACCESS;
	case ENOSPC:
	case EDQUOT:
		return GM_ENOSPC;
	case EINTR:
		return GM_EINTERRUPTED;
	case EPIPE:
		return GM_EPIPE;
	default:
		return GM_ERROR;
	}
}

int gm_error_errno(const char *fmt, ...)
{
	int err = errno;
	va_list args;
	size_t used;

	va_start(args, fmt);
	set_message(code_of_errno(err), fmt, args);
	va_end(args);
	const char *reason = strerror(err);
	size_t room = sizeof(last.message) - strlen(reason) - sizeof(": ");
	used = strlen(last.message);
	if (used > room)
		used = room;
	(void)snprintf(last.message + used, sizeof(last.message) - used, ": %s", reason);
	return last.code;
}

int gm_error_prefix(const char *fmt, ...)
{
	char text[sizeof(last.message) / 2];
	char message[sizeof(last.message)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	trim_cut(text, sizeof(text));
	clean(text);
	memcpy(message, last.message, sizeof(message));
	(void)snprintf(last.message, sizeof(last.message), "%s: %.*s", text,
		(int)(sizeof(last.message) - strlen(text) - 3), message);
	trim_cut(last.message, sizeof(last.message));
	return last.code;
}

void gm_error_hint(const char *fmt, ...)
{
	va_list args;

	char text[sizeof(last.hint)];

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	trim_cut(text, sizeof(text));
	memcpy(last.hint, text, sizeof(text));
}

void gm_error_unknown(const char *name)
{
	size_t size = strlen(name);

	if (size < sizeof(last.unknown))
		memmove(last.unknown, name, size + 1);
}

const struct gm_error *gm_error_last(void)
{
	return &last;
}

void gm_error_clear(void)
{
	last.code = GM_OK;
	last.message[0] = '\0';
	last.hint[0] = '\0';
}

const char *gm_error_name(enum gm_errcode code)
{
	switch (code) {
	case GM_OK:
		return "ok";
	case GM_ENOMEM:
		return "out-of-memory";
	case GM_ENOTFOUND:
		return "not-found";
	case GM_EEXISTS:
		return "exists";
	case GM_EINVALID:
		return "invalid";
	case GM_EAMBIGUOUS:
		return "ambiguous";
	case GM_EMISMATCH:
		return "damaged";
	case GM_ELOCKED:
		return "locked";
	case GM_EMODIFIED:
		return "modified";
	case GM_EACCESS:
		return "access";
	case GM_ENOSPC:
		return "no-space";
	case GM_ETOOBIG:
		return "too-big";
	case GM_EINTERRUPTED:
		return "interrupted";
	case GM_EUSAGE:
		return "usage";
	case GM_ENO:
		return "no";
	case GM_EPIPE:
		return "closed";
	case GM_ERROR:
		break;
	}
	return "failed";
}
