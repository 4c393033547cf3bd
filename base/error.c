#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct gm_error last;

GM_PRINTF(2, 0)
static void set_message(enum gm_errcode code, const char *fmt, va_list args)
{
	last.code = code;
	last.hint[0] = '\0';
	(void)vsnprintf(last.message, sizeof(last.message), fmt, args);
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
	used = strlen(last.message);
	(void)snprintf(
		last.message + used, sizeof(last.message) - used, ": %s", strerror(err));
	return last.code;
}

int gm_error_prefix(const char *fmt, ...)
{
	char text[sizeof(last.message)];
	char message[sizeof(last.message)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	memcpy(message, last.message, sizeof(message));
	size_t used = strlen(text);
	if (used > sizeof(last.message) / 2)
		used = sizeof(last.message) / 2;
	(void)snprintf(last.message, sizeof(last.message), "%.*s: %.*s", (int)used, text,
		(int)(sizeof(last.message) - used - 3), message);
	return last.code;
}

void gm_error_hint(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(last.hint, sizeof(last.hint), fmt, args);
	va_end(args);
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
	case GM_ERROR:
		break;
	}
	return "failed";
}
