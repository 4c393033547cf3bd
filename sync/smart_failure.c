#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "sync/libgit2.h"
#include "sync/smart_internal.h"

/* What libgit2 says, and what it means; of several that fit the first one counts. */
static const struct failure {
	const char *words;
	enum gm_errcode code;
	const char *
		meaning; /* behind the name of the host or URL; NULL: libgit2's own words */
	bool is_of_host;
	const char *hint;
} failures[] = {
	{"certificate", GM_EMISMATCH, NULL, true,
		"a host with a certificate of its own: http.sslCAInfo names the file "
		"that vouches "
		"for it"},
	{"SSL", GM_EMISMATCH, NULL, true, ""},
	{"hostkey", GM_EMISMATCH, "has a host key that is not known", true,
		"connect to it once by ssh, to see its key and accept it"},
	{"error authenticating", GM_EACCESS,
		"asks for a key, and there is no ssh, nor its agent", true, ""},
	{"SSH authentication methods", GM_EACCESS, "refuses the keys of ssh's agent",
		true, ""},
	{"does not appear to be a git repository", GM_ENOTFOUND, "is no git repository",
		false, ""},
	{"failed to resolve address", GM_ENOTFOUND, "cannot be found: no such host", true,
		""},
	{"failed to connect", GM_ERROR, "cannot be reached", true, ""},
	{"invalid content-type", GM_EINVALID, "is a web page, no git repository", false,
		"the URL of the repository is asked for, as 'git clone' takes it"},
	{"no content-type", GM_EINVALID, "is no git repository", false, ""},
	{"unexpected content-type", GM_EINVALID, "is no git repository", false, ""},
	{"redirect", GM_ERROR, "is somewhere else now", false,
		"set its URL to where it is (gitmem remote set-url)"},
};

static const struct failure *find(const char *text)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (strcasestr(text, failures[i].words))
			return &failures[i];
	return NULL;
}

static int status_of(const char *text)
{
	static const char words[] = "http status code: ";
	const char *at = strstr(text, words);

	return at ? atoi(at + sizeof(words) - 1) : 0;
}

static int refused(int status, const char *shown)
{
	int rc;

	if (status == 404 || status == 410) {
		rc = gm_error(GM_ENOTFOUND, "there is no repository at '%s' (%d)", shown,
			status);
		gm_error_hint(
			"check the URL; hosts say so of private repositories, too, when "
			"they do not know who asks");
		return rc;
	}
	if (status == 401 || status == 403)
		return gm_error(GM_EACCESS, "'%s' is not for us (%d)", shown, status);
	if (status == 429)
		return gm_error(GM_ERROR, "'%s' has been asked too often (429)", shown);
	if (status >= 500)
		return gm_error(GM_ERROR, "the server of '%s' fails (%d)", shown, status);
	return gm_error(GM_ERROR, "'%s' answers with status %d", shown, status);
}

int gm_smart_failure(int rc, struct gm_smart *smart)
{
	const struct gm_connection *connection = smart->connection;
	const git_error *error = git_error_last(); /* may be NULL */
	const char *text = error && error->message ? error->message : "";

	if (gm_interrupted() < 0) {
		git_error_clear();
		return GM_EINTERRUPTED;
	}
	if (rc == GIT_EUSER || (error && error->klass == GIT_ERROR_CALLBACK))
		return gm_libgit2_error(rc, "cannot talk to '%s'", connection->shown);
	int status = status_of(text);
	const struct failure *failure = find(text);
	smart->is_redirected = strstr(text, "cannot redirect from") != NULL;
	if (status) {
		git_error_clear();
		return refused(status, connection->shown);
	}
	if (!failure || (error && error->klass == GIT_ERROR_NOMEMORY))
		return gm_libgit2_error(rc, "cannot talk to '%s'", connection->shown);
	const char *name = failure->is_of_host && connection->url.host
		? connection->url.host
		: connection->shown;
	rc = gm_error(failure->code, "'%s' %s%s", name,
		failure->meaning ? failure->meaning : "is not trusted: ",
		failure->meaning ? "" : text);
	if (*failure->hint)
		gm_error_hint("%s", failure->hint);
	git_error_clear();
	return rc;
}
