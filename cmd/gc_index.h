/*
 * What gc does to the recall index.
 */
#ifndef GM_CMD_GC_INDEX_H
#define GM_CMD_GC_INDEX_H

#include "cmd/command.h"

/*
 * Have the index, if there is one, forget the memories that the store no longer has, and drop
 * what belongs to revisions that are no tips and were not asked for lately. That something
 * stays which should be gone is told, and is no failure.
 */
void gm_gc_index(struct gm_call *call);

#endif
