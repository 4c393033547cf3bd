/*
 * A push to a gitmem repository on the same machine (sync/peer.h).
 */
#ifndef GM_SYNC_PUSH_PEER_H
#define GM_SYNC_PUSH_PEER_H

#include "dag/outgoing.h"
#include "sync/push_request.h"
#include "sync/worker.h"

struct gm_push_to_peer {
	struct gm_push_result *plan;
	struct gm_repo *repo;
	struct gm_repo *peer;
	const struct gm_outgoing *outgoing; /* walked; NULL when only refs are deleted */
	const struct gm_signature *who;
	bool is_atomic;
};

/* Send it; the plan tells afterwards what the peer took, as after gm_push_exchange(). */
int gm_push_to_peer(const struct gm_push_to_peer *push, struct gm_worker *worker);

#endif
