/*
 * The branch that a branch follows, as `branch.NAME.remote` and `branch.NAME.merge` say.
 */
#ifndef GM_DAG_UPSTREAM_H
#define GM_DAG_UPSTREAM_H

#include "dag/repository.h"

/* Append the full name of the ref it follows; nothing when it follows none. */
int gm_upstream_ref(
	struct gm_buf *out, const struct gm_config *config, const char *branch);

/*
 * The same for a revision: `branch` is a branch's name, NULL what HEAD stands for.
 * GM_ENOTFOUND when there is no such branch, it follows none, or HEAD is detached.
 */
int gm_upstream_of(struct gm_buf *out, struct gm_repo *repo, const char *branch);

/* How such a ref is shown: "origin/main", or "main" for a branch of this repository. Lent. */
const char *gm_upstream_name(const char *ref);

#endif
