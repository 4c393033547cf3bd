#include "cmd/fsck_faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/text.h"

/* Longer than any message we make; what others wrote is cut. */
#define MESSAGE_MAX 1536

void gm_faults_dispose(struct gm_faults *faults)
{
	for (size_t i = 0; i < GM_SEVERITY_N; i++) {
		json_decref(faults->lists[i]);
		faults->lists[i] = NULL;
	}
}

static int keep_json(
	json_t **list, const char *kind, const char *subject, const char *message)
{
	json_t *fault = gm_json_object();

	if (!*list)
		*list = gm_json_array();
	int rc = fault ? gm_json_set_string(fault, "kind", kind) : GM_ENOMEM;
	if (rc == 0)
		rc = gm_json_set_string(fault, "subject", subject);
	if (rc == 0)
		rc = gm_json_set_string(fault, "message", message);
	if (rc < 0) {
		json_decref(fault);
		return rc;
	}
	return gm_json_append(*list, fault);
}

static int print_line(enum gm_severity severity, const char *kind, const char *subject,
	const char *message)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_printf(&line, "%s: %s '",
		severity == GM_SEVERITY_ERROR ? "error" : "warning", kind);

	if (rc == 0)
		rc = gm_puts_safe(&line, subject);
	if (rc == 0)
		rc = gm_buf_puts(&line, "': ");
	if (rc == 0)
		rc = gm_puts_safe(&line, message);
	return rc < 0 ? rc : gm_print("%s\n", gm_buf_str(&line));
}

int gm_faults_add(struct gm_faults *faults, enum gm_severity severity, const char *kind,
	const char *subject, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args); /* cut when too long */
	va_end(args);
	faults->n[severity]++;
	return faults->call->json
		? keep_json(&faults->lists[severity], kind, subject, message)
		: print_line(severity, kind, subject, message);
}

bool gm_faults_must_stop(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED;
}

/* The message without "KIND 'SUBJECT': " at its beginning, which the line has already. */
static const char *strip(const char *message, const char *kind, const char *subject)
{
	size_t n = strlen(kind), size = strlen(subject);

	if (!strncmp(message, kind, n) && !strncmp(message + n, " '", 2) &&
		!strncmp(message + n + 2, subject, size) &&
		!strncmp(message + n + 2 + size, "': ", 3))
		return message + n + size + 5;
	return message;
}

int gm_faults_add_error(struct gm_faults *faults, enum gm_severity severity,
	const char *kind, const char *subject, int rc)
{
	if (gm_faults_must_stop(rc))
		return rc;
	return gm_faults_add(faults, severity, kind, subject, "%s",
		strip(gm_error_last()->message, kind, subject));
}

int gm_faults_give(json_t *object, const char *key, struct gm_faults *faults,
	enum gm_severity severity)
{
	json_t **list = &faults->lists[severity];

	return gm_json_set(object, key, *list ? gm_steal(list) : gm_json_array());
}
