#include <string.h>

#include "base/terminal.h"
#include "sync/credential_internal.h"
#include "sync/subprocess.h"

#define MAX_ANSWER 65536

/* What it may take to store or forget one; a prompt may take its time. */
#define STORE_MS 10000

/* One line of git-credential(1)'s language, nothing for no value. */
static int put(struct gm_buf *out, const char *key, const char *value)
{
	if (!value || !*value)
		return 0;
	if (strpbrk(value, "\n\r"))
		return gm_error(GM_EINVALID, "a newline in the URL is refused");
	return gm_buf_printf(out, "%s=%s\n", key, value);
}

static int describe(struct gm_buf *out, const struct gm_url *url)
{
	int rc = put(
		out, "protocol", url->transport == GM_TRANSPORT_HTTPS ? "https" : "http");
	bool is_ipv6 = strchr(url->host, ':') != NULL;
	gm_autofree char *host = gm_format("%s%s%s%s%s", is_ipv6 ? "[" : "", url->host,
		is_ipv6 ? "]" : "", url->port ? ":" : "", url->port ? url->port : "");

	if (!host)
		return GM_ENOMEM;
	if (rc == 0)
		rc = put(out, "host", host);
	/* Git's helpers drop the path unless credential.useHttpPath is set. */
	if (rc == 0)
		rc = put(out, "path", url->path + (*url->path == '/'));
	return rc;
}

/* Run `git credential ACTION` with `question`; NULL `answer`: it has none. */
static int run(struct gm_buf *answer, const char *action, const struct gm_buf *question)
{
	const char *const argv[] = {"git", "credential", action, NULL};
	const char *const quiet[] = {"GIT_TERMINAL_PROMPT=0", NULL};
	gm_cleanup(gm_subprocess_free_p) struct gm_subprocess *process = NULL;
	int rc = gm_subprocess_start(&process, argv, gm_has_terminal() ? NULL : quiet);
	size_t n = 1;

	if (rc == 0)
		rc = gm_subprocess_write(process, question->ptr, question->size);
	if (rc == 0)
		gm_subprocess_close_input(process);
	while (rc == 0 && n) {
		char bytes[1024];
		rc = gm_subprocess_read(&n, process, bytes, sizeof(bytes));
		if (rc == 0 && n && answer)
			rc = gm_buf_put(answer, bytes, n);
		explicit_bzero(bytes, sizeof(bytes));
	}
	if (rc == 0 && gm_subprocess_wait(process, STORE_MS) != 0)
		rc = gm_error(GM_ENOTFOUND, "'git credential %s' has none", action);
	return rc;
}

/* Take `user` and `password` out of lines "key=value". */
static int parse(struct gm_credential *out, struct gm_buf *answer)
{
	char *at = answer->ptr;
	int rc = 0;

	for (char *line; rc == 0 && at && (line = strsep(&at, "\n")) != NULL;) {
		char **target = strncmp(line, "username=", 9) == 0 ? &out->user
			: strncmp(line, "password=", 9) == 0       ? &out->password
								   : NULL;
		if (!target || *target)
			continue;
		*target = gm_strdup(line + 9);
		rc = *target ? 0 : GM_ENOMEM;
	}
	if (rc < 0)
		return rc;
	out->source = GM_CREDENTIAL_GIT;
	return out->user && out->password;
}

static void wipe(struct gm_buf *buf)
{
	if (buf->ptr)
		explicit_bzero(buf->ptr, buf->size);
}

int gm_credential_from_git(struct gm_credential *out, const struct gm_url *url)
{
	gm_autobuf question = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autobuf answer = GM_BUF_INIT(MAX_ANSWER);
	int rc = describe(&question, url);

	if (rc == 0)
		rc = put(&question, "username", url->user);
	if (rc == 0)
		rc = gm_buf_putc(&question, '\n');
	if (rc == 0)
		rc = run(&answer, "fill", &question);
	if (rc == 0)
		rc = parse(out, &answer);
	wipe(&answer);
	/* Without git, or where nobody can be asked, there is none. */
	return rc == GM_ENOTFOUND || rc == GM_EPIPE ? 0 : rc;
}

void gm_credential_to_git(const struct gm_credential *credential,
	const struct gm_url *url, const char *action)
{
	gm_autobuf question = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = describe(&question, url);

	if (rc == 0)
		rc = put(&question, "username", credential->user);
	if (rc == 0)
		rc = put(&question, "password", credential->password);
	if (rc == 0)
		rc = gm_buf_putc(&question, '\n');
	if (rc == 0)
		(void)run(NULL, action,
			&question); /* a helper that keeps none costs a question */
	wipe(&question);
}
