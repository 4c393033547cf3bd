/*
 * Why a service of a remote could not be reached, from what ssh and git said about it.
 */
#ifndef GM_SYNC_SERVICE_FAILURE_H
#define GM_SYNC_SERVICE_FAILURE_H

#include "sync/url.h"

/*
 * Set the error and return its code, from the last words of the program (`complaint`, lines), or
 * from the current error, `rc`, which may be in the remote's words. `shown` is the URL without a
 * password. Codes as gm_connection_open() has them.
 */
int gm_service_failure(
	int rc, const struct gm_url *url, const char *shown, const char *complaint);

#endif
