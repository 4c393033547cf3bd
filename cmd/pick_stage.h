/*
 * `cherry-pick -n` and `revert -n`: what commits changed is laid on what is seen, the stage on
 * the branch, and staged.
 */
#ifndef GM_CMD_PICK_STAGE_H
#define GM_CMD_PICK_STAGE_H

#include "cmd/write.h"

struct gm_pick_stage {
	struct gm_writer writer;
	struct gm_batch *batch; /* dropped in the end: the stage keeps what it needs */
	struct gm_oid tree;     /* what is seen; to be replaced by what it becomes */
};

#define GM_PICK_STAGE_INIT                              \
	{                                               \
		.writer = GM_WRITER_INIT, .batch = NULL \
	}
void gm_pick_stage_dispose(struct gm_pick_stage *stage);

/* Take the lock and write the tree that is seen to the batch. */
int gm_pick_stage_begin(struct gm_pick_stage *out, struct gm_call *call);

/*
 * Stage what makes the tree of the branch: all of the stage is replaced. GM_EINVALID when that
 * is nothing a stage holds, such as a symbolic link.
 */
int gm_pick_stage_end(struct gm_pick_stage *stage);

#endif
