/*
 * The command line that runs a service of a remote: git on this machine, or ssh to another.
 */
#ifndef GM_SYNC_SERVICE_COMMAND_H
#define GM_SYNC_SERVICE_COMMAND_H

#include <stdbool.h>

#include "base/config.h"
#include "base/strv.h"
#include "sync/url.h"

/*
 * Append its words. `service` is "upload-pack" or "receive-pack". GM_EINVALID when a host, a user
 * or a path begins with "-", for it would be taken for an option; GM_ENOTFOUND when the path is no
 * folder of this machine.
 */
int gm_service_command(struct gm_strv *out, const struct gm_url *url, const char *service,
	const struct gm_config *config);

/* Whether there is a program for ssh: $GITMEM_SSH_COMMAND, core.sshCommand, or ssh along PATH. */
bool gm_ssh_command_exists(const struct gm_config *config);

#endif
