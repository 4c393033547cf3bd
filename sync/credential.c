#include "sync/credential.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/credential_internal.h"

static int set(struct gm_credential *out, enum gm_credential_source source,
	const char *user, const char *password)
{
	out->source = source;
	out->user = gm_strdup(user);
	out->password = gm_strdup(password);
	return out->user && out->password ? 1 : GM_ENOMEM;
}

static bool is_this_machine(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
		strcmp(host, "::1") == 0;
}

static int from_url(struct gm_credential *out, const struct gm_url *url)
{
	if (!url->password)
		return 0;
	return set(out, GM_CREDENTIAL_URL, url->user ? url->user : "", url->password);
}

/* In the clear it would be anybody's on the way. */
static int from_token(struct gm_credential *out, const struct gm_url *url)
{
	const char *token = getenv("GITMEM_TOKEN");

	if (!token || !*token)
		return 0;
	if (url->transport != GM_TRANSPORT_HTTPS && !is_this_machine(url->host))
		return 0;
	return set(out, GM_CREDENTIAL_TOKEN, url->user ? url->user : "x-access-token",
		token);
}

int gm_credential_find(struct gm_credential *out, const struct gm_url *url)
{
	static int (*const sources[])(struct gm_credential *, const struct gm_url *) = {
		from_url, from_token, gm_credential_from_file, gm_credential_from_git};
	struct gm_credential found = {.source = GM_CREDENTIAL_NONE};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(sources) / sizeof(*sources); i++)
		rc = sources[i](&found, url);
	if (rc > 0)
		*out = found;
	else
		gm_credential_dispose(&found);
	if (rc < 0)
		return rc;
	return rc ? 0 : gm_error(GM_ENOTFOUND, "no credentials for '%s'", url->host);
}

void gm_credential_tell(
	const struct gm_credential *credential, const struct gm_url *url, bool accepted)
{
	if (credential->source == GM_CREDENTIAL_GIT)
		gm_credential_to_git(credential, url, accepted ? "approve" : "reject");
}

const char *gm_credential_origin(const struct gm_credential *credential)
{
	switch (credential->source) {
	case GM_CREDENTIAL_URL:
		return "the URL";
	case GM_CREDENTIAL_TOKEN:
		return "GITMEM_TOKEN";
	case GM_CREDENTIAL_FILE:
		return "the file of credentials";
	case GM_CREDENTIAL_GIT:
		return "git's credential helper";
	case GM_CREDENTIAL_NONE:
		break;
	}
	return "nowhere";
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	gm_free(text);
}

void gm_credential_dispose(struct gm_credential *credential)
{
	wipe(credential->user);
	wipe(credential->password);
	*credential = (struct gm_credential){.source = GM_CREDENTIAL_NONE};
}
