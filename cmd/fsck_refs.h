/*
 * `fsck` on names: HEAD, every ref and every reflog, each with what it reaches.
 */
#ifndef GM_CMD_FSCK_REFS_H
#define GM_CMD_FSCK_REFS_H

#include "base/strv.h"
#include "cmd/fsck_objects.h"

/*
 * Check HEAD, the refs and packed-refs, and that what they name is there. `branches_out` gets
 * the names of those that hold memories: branches, remote branches, and a detached HEAD.
 */
int gm_fsck_refs(struct gm_strv *branches_out, struct gm_repo *repo,
	struct gm_fsck_objects *objects);

/* Check the reflogs. What only they name is a warning: Git lets go of it some day. */
int gm_fsck_reflogs(struct gm_repo *repo, struct gm_fsck_objects *objects);

#endif
