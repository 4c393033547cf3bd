/*
 * `fsck` on merges that wait for somebody to settle their conflicts (dag/merge_state.h).
 */
#ifndef GM_CMD_FSCK_MERGES_H
#define GM_CMD_FSCK_MERGES_H

#include "cmd/fsck_objects.h"

/* Check their files, and that each goes with the ref that keeps its commit. */
int gm_fsck_merges(struct gm_repo *repo, struct gm_fsck_objects *objects);

#endif
