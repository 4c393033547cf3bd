/*
 * The names in SHA-256 that a commit carries, as `fsck` sees them (dag/commit_names.h).
 */
#ifndef GM_CMD_FSCK_NAMES_H
#define GM_CMD_FSCK_NAMES_H

#include "cmd/fsck_faults.h"
#include "dag/commit.h"

/* Tell when they are not those of its tree and parents. */
int gm_fsck_names(
	struct gm_faults *faults, struct gm_store *store, const struct gm_commit *commit);

#endif
