/*
 * What we know of a remote after a push: the tracking refs follow what it has taken.
 */
#ifndef GM_SYNC_PUSH_TRACKING_H
#define GM_SYNC_PUSH_TRACKING_H

#include "dag/repository.h"
#include "sync/push_request.h"
#include "sync/remote.h"

/*
 * Move the tracking refs of what the remote has taken, or had already, and name them in `result`.
 * What such a ref led to and the new value does not, and what was deleted, stays below
 * refs/gitmem/rescue/. Nothing is written when nothing has to move.
 */
int gm_push_move_tracking(struct gm_push_result *result, struct gm_repo *repo,
	const struct gm_remote *remote, const struct gm_signature *who);

#endif
