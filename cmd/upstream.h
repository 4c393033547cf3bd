/*
 * The branch that a branch follows, as `branch.NAME.remote` and `branch.NAME.merge` say.
 */
#ifndef GM_CMD_UPSTREAM_H
#define GM_CMD_UPSTREAM_H

#include "base/buf.h"
#include "base/config.h"

/* Append the full name of the ref it follows; nothing when it follows none. */
int gm_upstream_ref(
	struct gm_buf *out, const struct gm_config *config, const char *branch);

/* How such a ref is shown: "origin/main", or "main" for a branch of this repository. Lent. */
const char *gm_upstream_name(const char *ref);

#endif
