/*
 * What a fetch makes of our refs: judged first, when all objects can be seen, and then done at
 * once, under the repository lock.
 */
#ifndef GM_SYNC_FETCH_REFS_H
#define GM_SYNC_FETCH_REFS_H

#include "sync/fetch_plan.h"

/*
 * Judge each item of the plan as our refs are now: `out` (which must be fresh) is as if all of it
 * were done, but for the names of rescue refs.
 */
int gm_fetch_refs_judge(struct gm_fetch_result *out,
	const struct gm_fetch_planning *planning, const struct gm_fetch_plan *plan);

/*
 * Do it, and commit the batch first or together with it. The refs are as they were judged
 * under the same `lock`. One that cannot be becomes REJECTED, and the others are done. Old
 * commits that would be lost get a rescue ref.
 */
int gm_fetch_refs_move(struct gm_fetch_result *result,
	const struct gm_fetch_planning *planning, struct gm_lock *lock,
	struct gm_batch *batch);

#endif
