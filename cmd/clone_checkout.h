/*
 * The branch that a new clone is on.
 */
#ifndef GM_CMD_CLONE_CHECKOUT_H
#define GM_CMD_CLONE_CHECKOUT_H

#include "cmd/clone_make.h"
#include "sync/fetch_request.h"
#include "sync/remote.h"

/*
 * Point HEAD of `call->repo`, which was just made, at the branch that was asked for, or that the
 * remote is on; it starts where the remote's is and, unless bare, follows that. Fills in
 * `branch` and `commit` of the result.
 */
int gm_clone_checkout(struct gm_clone_result *out, struct gm_call *call,
	const struct gm_clone_request *request, const struct gm_remote *remote,
	const struct gm_fetch_result *fetched);

#endif
