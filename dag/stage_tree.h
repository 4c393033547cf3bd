/*
 * A stage laid on a tree: what a person sees.
 */
#ifndef GM_DAG_STAGE_TREE_H
#define GM_DAG_STAGE_TREE_H

#include "dag/stage.h"

/*
 * Write the tree that the stage makes of `base`, byte for byte and whatever others did to its
 * files meanwhile, and its blobs, to the batch.
 */
int gm_stage_tree(struct gm_oid *out, struct gm_batch *batch,
	const struct gm_stage *stage, const struct gm_oid *base);

#endif
