/*
 * Memories that one side of a merge superseded and the other one changed. The change stays, in a
 * memory that does not count any more; whoever made it has to be told.
 */
#ifndef GM_DAG_MERGE_SUPERSEDED_H
#define GM_DAG_MERGE_SUPERSEDED_H

#include "dag/tree_merge.h"

/* Add a note to each of their entries, "superseded by ID, which knows nothing of this change". */
int gm_merge_note_superseded(struct gm_tree_merge *merge, struct gm_batch *batch);

#endif
