/*
 * A stage when its branch is moved to another commit: so that what is seen, the stage on the
 * branch, stays what it was, as git's index does in `reset --soft`. But where a staged change
 * met another writer's since, both are merged first, as a commit would: else what the other one
 * wrote would leave the branch and not get on the stage.
 */
#ifndef GM_DAG_STAGE_CARRY_H
#define GM_DAG_STAGE_CARRY_H

#include "dag/stage.h"

/* What the stage is to hold then. Owns paths and bytes. */
struct gm_stage_carry {
	struct gm_change *changes;
	size_t n;
	size_t cap;
	bool gave_way; /* a version that was staged is in none of them */
};

#define GM_STAGE_CARRY_INIT     \
	{                       \
		.changes = NULL \
	}
#define gm_autostagecarry gm_cleanup(gm_stage_carry_dispose) struct gm_stage_carry
void gm_stage_carry_dispose(struct gm_stage_carry *carry);

/*
 * Put the stage and what differs between the two commits together into `out`, which must be
 * empty. Changes of files that are the same in both stay as they are.
 * GM_EINVALID for something that no stage holds: a symbolic link, a commit of another
 * repository.
 */
int gm_stage_carry(struct gm_stage_carry *out, struct gm_repo *repo,
	const struct gm_stage *stage, const struct gm_stage_tip *from,
	const struct gm_stage_tip *to);

#endif
