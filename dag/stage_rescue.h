/*
 * Keeping what a stage holds when it is to be cleared: as a commit below
 * `refs/gitmem/rescue/`, which is local to the repository and never sent.
 */
#ifndef GM_DAG_STAGE_RESCUE_H
#define GM_DAG_STAGE_RESCUE_H

#include "dag/stage.h"

/*
 * Commit what is staged, byte for byte, on the commit that it was made on, or on `tip` (zero:
 * none) when it was made on several. `ref_out` gets the name of the ref that keeps it, of which
 * the time of `who` and the id of the commit are part; the same twice is kept once. `branch` is
 * for the message. The stage must not be empty.
 */
int gm_stage_rescue(struct gm_buf *ref_out, struct gm_repo *repo, struct gm_lock *lock,
	const struct gm_stage *stage, const struct gm_oid *tip, const char *branch,
	const struct gm_signature *who);

#endif
