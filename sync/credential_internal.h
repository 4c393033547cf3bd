/*
 * The sources of credentials that are more than a variable.
 */
#ifndef GM_SYNC_CREDENTIAL_INTERNAL_H
#define GM_SYNC_CREDENTIAL_INTERNAL_H

#include "sync/credential.h"

/* The first line of the user's file that fits. 1: found, 0: none. GM_EACCESS. */
int gm_credential_from_file(struct gm_credential *out, const struct gm_url *url);

/* `git credential fill`, which may ask on the terminal. 1: found, 0: none. */
int gm_credential_from_git(struct gm_credential *out, const struct gm_url *url);

/* `git credential approve` or `reject`: what `action` says. */
void gm_credential_to_git(const struct gm_credential *credential,
	const struct gm_url *url, const char *action);

#endif
