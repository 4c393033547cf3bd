/*
 * Two locks of a segment store beside the one in `store/lock`, both flock(2) on a file of their
 * own, so that a process that is killed leaves nothing that blocks:
 *
 * `store/upkeep` is held by whoever rewrites sealed segments, merges indexes or trains
 * dictionaries, for as long as that takes. Nobody waits for it: who finds it taken leaves the
 * work to the one that has it. Readers and writers do not look at it.
 *
 * `store/batches` is shared by all batches that have begun. A batch relies on objects it does not
 * write, because the store has them, and on dictionaries it has encoded with. So who takes any
 * of these away makes sure that there is no batch.
 *
 * The order is `upkeep`, then `store/lock` (gm_segments_lock()), then `batches`.
 */
#ifndef GM_OBJSTORE_SEGMENTS_LOCKS_H
#define GM_OBJSTORE_SEGMENTS_LOCKS_H

#include "objstore/segments.h"

/*
 * 1 when it was taken; 0 when another process, or another user of this handle, has it. Refresh
 * behind it: what was seen before may have been changed by who had it.
 */
int gm_segments_upkeep_try(struct gm_segments *segments);
void gm_segments_upkeep_end(struct gm_segments *segments);

/*
 * A batch begins, and ends. Batches of one handle are counted. Waits for as long as another
 * process is between gm_segments_quiet_try() and gm_segments_quiet_end().
 */
int gm_segments_batch_enter(struct gm_segments *segments);
void gm_segments_batch_leave(struct gm_segments *segments);

/*
 * 1 when there is no batch, also none of this handle, and none begins until
 * gm_segments_quiet_end(); 0 when there is one. To be held for an instant only, by a process
 * that holds gm_segments_lock() and takes no other lock meanwhile: so when this returns 1 no
 * batch will ever rely on what the next manifest does not name.
 */
int gm_segments_quiet_try(struct gm_segments *segments);
void gm_segments_quiet_end(struct gm_segments *segments);

#endif
