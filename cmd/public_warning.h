/*
 * The warning that memory is about to be where everybody may read it.
 */
#ifndef GM_CMD_PUBLIC_WARNING_H
#define GM_CMD_PUBLIC_WARNING_H

#include "cmd/command.h"
#include "sync/remote.h"

/*
 * Before a push to the project's own remote: warn when that is at a public host, once for each
 * host (remote.NAME.warnedOf). Nothing is written for a dry run.
 */
int gm_warn_public(struct gm_call *call, const struct gm_remote *remote, bool dry_run);

#endif
