#include "sync/service_failure.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

/* What is said, and what it means; of several that fit the first one counts. */
static const struct failure {
	const char *words;
	enum gm_errcode code;
	const char *meaning; /* behind the name of the host or URL */
	bool is_of_host;
	const char *hint;
} failures[] = {
	{"REMOTE HOST IDENTIFICATION HAS CHANGED", GM_EMISMATCH,
		"has another host key than before", true,
		"somebody may be listening in; if the change is known, remove the old "
		"key by "
		"'ssh-keygen -R' and connect again"},
	{"Host key verification failed", GM_EMISMATCH, "has a host key that is not known",
		true, "connect to it once by ssh, to see its key and accept it"},
	{"Permission denied (", GM_EACCESS, "refuses our key", true,
		"try it by 'ssh -v'; the key must be known there, and to ssh or its "
		"agent here"},
	{"Too many authentication failures", GM_EACCESS, "refuses our keys", true,
		"name the right one in ~/.ssh/config (IdentityFile, IdentitiesOnly)"},
	{"Could not resolve hostname", GM_ENOTFOUND, "cannot be found: no such host",
		true, ""},
	{"Connection refused", GM_ERROR, "refuses connections", true, ""},
	{"Connection timed out", GM_ERROR, "does not answer", true, ""},
	{"No route to host", GM_ERROR, "cannot be reached", true, ""},
	{"Network is unreachable", GM_ERROR, "cannot be reached", true, ""},
	{"dubious ownership", GM_EACCESS, "belongs to another user", false,
		"to trust it: git config --global --add safe.directory and its folder"},
	{"does not appear to be a git repository", GM_ENOTFOUND, "is no git repository",
		false, ""},
	{"not a git repository", GM_ENOTFOUND, "is no git repository", false, ""},
	{"repository not exported", GM_ENOTFOUND, "is not there, or not exported", false,
		""},
	{"Repository not found", GM_ENOTFOUND, "is not there, or not for us", false, ""},
	{"unknown repository extension", GM_EINVALID,
		"is of a format that git does not know", false, ""},
	{"command not found", GM_ENOTFOUND, "has no git", true, ""},
	{"-pack: not found", GM_ENOTFOUND, "has no git", true, ""},
};

static const struct failure *find(const char *complaint)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (strstr(complaint, failures[i].words))
			return &failures[i];
	return NULL;
}

/* The last line that says something, without git's and ssh's marks. */
static int last_line(struct gm_buf *out, const char *complaint)
{
	static const char *const marks[] = {"fatal: ", "error: ", "remote: "};
	size_t size = strlen(complaint);

	while (size && strchr("\r\n \t", complaint[size - 1]))
		size--;
	const char *line = size ? memrchr(complaint, '\n', size) : NULL;
	line = line ? line + 1 : complaint;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strncmp(line, marks[i], strlen(marks[i])) == 0)
			line += strlen(marks[i]);
	return line < complaint + size
		? gm_buf_put(out, line, (size_t)(complaint + size - line))
		: 0;
}

int gm_service_failure(
	int rc, const struct gm_url *url, const char *shown, const char *complaint)
{
	gm_autobuf line = GM_BUF_INIT(GM_BUF_TEXT);
	const struct failure *failure = find(complaint);

	if (rc == GM_EINTERRUPTED || rc == GM_ENOMEM)
		return rc;
	if (!failure)
		failure = find(gm_error_last()->message);
	if (failure) {
		rc = gm_error(failure->code, "'%s' %s",
			failure->is_of_host && url->host ? url->host : shown,
			failure->meaning);
		if (*failure->hint)
			gm_error_hint("%s", failure->hint);
		return rc;
	}
	if (last_line(&line, complaint) < 0 || !line.size)
		return gm_error_prefix("cannot talk to '%s'", shown);
	return gm_error(GM_ERROR, "cannot talk to '%s': %s", shown, gm_buf_str(&line));
}
