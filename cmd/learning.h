/*
 * Upkeep of the recall index, for commands that may take their time.
 */
#ifndef GM_CMD_LEARNING_H
#define GM_CMD_LEARNING_H

#include "cmd/command.h"
#include "index/learn.h"

/*
 * gm_index_learn(), or the like for the embedding that is set, showing progress as the call wants
 * it. 0, or an error.
 */
int gm_call_learn(struct gm_call *call, struct gm_index *index, enum gm_learn_when when);

/*
 * The command has done its work: merge the segments of the index, if there is one, and learn the
 * embedding when it is due. A tree that is given (not NULL) is indexed before, and the index
 * made if need be. Whatever is in the way costs later readers some time only, so it is told
 * when the call is verbose. A signal ends it.
 */
void gm_call_tend_index(struct gm_call *call, const struct gm_oid *tree);

#endif
