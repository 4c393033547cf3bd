/*
 * Where a repository was forked from, in its settings: fork.remote, fork.branch, fork.commit.
 */
#ifndef GM_CMD_FORK_POINT_H
#define GM_CMD_FORK_POINT_H

#include "dag/repository.h"

struct gm_fork_point {
	const char *remote;   /* the name of the remote; lent from the settings */
	const char *branch;   /* at the remote */
	struct gm_oid commit; /* zero: it had none yet */
};

/* In the file when this returns; gm_repo_config() stays as it was read. */
int gm_fork_point_write(struct gm_repo *repo, const char *remote, const char *branch,
	const struct gm_oid *commit);

/* GM_ENOTFOUND when it is no fork, GM_EINVALID when the settings are broken. */
int gm_fork_point_read(struct gm_fork_point *out, struct gm_repo *repo);

#endif
