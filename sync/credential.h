/*
 * A name and a password for a remote over http(s): from its URL, from $GITMEM_TOKEN, from a file of
 * the user's that others cannot read, or from git's credential helpers, in this order. They stand
 * on no command line and in no message.
 */
#ifndef GM_SYNC_CREDENTIAL_H
#define GM_SYNC_CREDENTIAL_H

#include <stdbool.h>

#include "base/mem.h"
#include "sync/url.h"

enum gm_credential_source {
	GM_CREDENTIAL_NONE,
	GM_CREDENTIAL_URL,
	GM_CREDENTIAL_TOKEN,
	GM_CREDENTIAL_FILE,
	GM_CREDENTIAL_GIT,
};

struct gm_credential {
	enum gm_credential_source source;
	char *user;
	char *password;
};

#define gm_autocredential gm_cleanup(gm_credential_dispose) struct gm_credential

/*
 * Find one for this URL. GM_ENOTFOUND when nobody has any; GM_EACCESS when the file can be read by
 * others. $GITMEM_TOKEN is for https only, and for this machine.
 */
int gm_credential_find(struct gm_credential *out, const struct gm_url *url);

/* Tell git's helpers, if it is theirs, that it was accepted or refused. */
void gm_credential_tell(
	const struct gm_credential *credential, const struct gm_url *url, bool accepted);

/* Where it comes from, for messages ("GITMEM_TOKEN"). */
const char *gm_credential_origin(const struct gm_credential *credential);

/* Wipes it. */
void gm_credential_dispose(struct gm_credential *credential);

#endif
