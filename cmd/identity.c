#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/utf8.h"
#include "cmd/command.h"
#include "dag/record.h"

/*
 * Append the login name; a process without one is still somebody. The file is read rather
 * than asked for by getpwuid(3), which needs shared libraries at run time.
 */
static int put_login_name(struct gm_buf *out)
{
	static const char *const variables[] = {"LOGNAME", "USER"};
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry = NULL;
	int rc = GM_ENOTFOUND;

	while (file && (entry = fgetpwent(file)))
		if (entry->pw_uid == geteuid() && *entry->pw_name) {
			rc = gm_buf_puts(out, entry->pw_name);
			break;
		}
	if (file)
		(void)fclose(file); /* was only read */
	for (size_t i = 0; rc == GM_ENOTFOUND && i < 2; i++) {
		const char *name = getenv(variables[i]);
		if (name && *name)
			rc = gm_buf_puts(out, name);
	}
	return rc == GM_ENOTFOUND ? gm_buf_puts(out, "unknown") : rc;
}

/* A name as a record and a commit can hold it, whatever was given: identity never fails. */
static int put_word(struct gm_buf *out, const char *name)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	size_t left = GM_RECORD_MAX_WORD, size;
	int rc = gm_utf8_replace(&text, name, strnlen(name, GM_RECORD_MAX_WORD + 8));

	for (const char *at = gm_buf_str(&text); rc == 0 && *at; at += size) {
		uint32_t c = gm_utf8_decode(&size, at);
		bool fits_a_line = !gm_utf8_is_control(c) && c != 0x2028 && c != 0x2029;
		if (size > left)
			break;
		left -= size;
		rc = fits_a_line ? gm_buf_put(out, at, size) : gm_buf_putc(out, ' ');
	}
	return rc;
}

int gm_call_agent(struct gm_buf *out, struct gm_call *call)
{
	const char *agent = getenv("GITMEM_AGENT");

	if (!agent || !*agent)
		agent = gm_config_get(gm_repo_config(call->repo), "user.name");
	if (!agent || !*agent)
		return put_login_name(out);
	return put_word(out, agent);
}

static int time_of(gm_time *out, const char *variable, gm_time now)
{
	const char *text = getenv(variable);

	if (!text || !*text) {
		*out = now;
		return 0;
	}
	if (gm_time_parse_approxidate(out, text, now) < 0)
		return gm_error(GM_EUSAGE, "%s is not a time: '%s'", variable, text);
	return 0;
}

int gm_call_now(gm_time *out)
{
	return time_of(out, "GITMEM_AUTHOR_DATE", gm_time_now());
}

/* "agent@localhost" of a name that may hold anything. */
static int default_mail(struct gm_buf *out, const char *agent)
{
	int rc = 0;

	for (; rc == 0 && *agent; agent++)
		rc = gm_buf_putc(out, strchr(" \t\n<>@,;:\"\\()", *agent) ? '-' : *agent);
	return rc < 0 ? rc : gm_buf_puts(out, "@localhost");
}

int gm_call_signatures(struct gm_signature *author_out,
	struct gm_signature *committer_out, struct gm_call *call)
{
	gm_autobuf agent = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf mail = GM_BUF_INIT(GM_BUF_TEXT);
	const char *configured = gm_config_get(gm_repo_config(call->repo), "user.email");
	gm_time now = gm_time_now(), author_time, committer_time;
	int rc = gm_call_agent(&agent, call);

	if (rc == 0)
		rc = configured && *configured ? gm_buf_puts(&mail, configured)
					       : default_mail(&mail, gm_buf_str(&agent));
	if (rc == 0)
		rc = time_of(&author_time, "GITMEM_AUTHOR_DATE", now);
	if (rc == 0)
		rc = time_of(&committer_time, "GITMEM_COMMITTER_DATE", now);
	if (rc == 0)
		rc = gm_signature_set(author_out, gm_buf_str(&agent), gm_buf_str(&mail),
			author_time, gm_time_zone(author_time));
	if (rc == 0)
		rc = gm_signature_set(committer_out, gm_buf_str(&agent),
			gm_buf_str(&mail), committer_time, gm_time_zone(committer_time));
	return rc;
}

int gm_parse_time_option(gm_time *out, const char *option, const char *text)
{
	if (gm_time_parse_approxidate(out, text, gm_time_now()) < 0)
		return gm_error(GM_EUSAGE, "%s: '%s' is not a time", option, text);
	return 0;
}
