/*
 * A fetch as the two programs tell each other of it.
 */
#ifndef GM_SYNC_FETCH_JSON_H
#define GM_SYNC_FETCH_JSON_H

#include "base/json.h"
#include "dag/commit.h"
#include "sync/fetch_request.h"

/* Put what is asked into `object`, of a remote by its name or its URL. */
int gm_fetch_request_put(
	json_t *object, const struct gm_fetch_request *request, const char *remote);

/* A request that was read again, and what it points into; its remote is told by `remote`. */
struct gm_fetch_order {
	struct gm_fetch_request request;
	struct gm_strv refspecs;
	struct gm_signature who;
	const char *remote; /* lent by the JSON, as its other texts */
};

#define GM_FETCH_ORDER_INIT                                        \
	{                                                          \
		.refspecs = GM_STRV_INIT, .who = GM_SIGNATURE_INIT \
	}
#define gm_autofetchorder gm_cleanup(gm_fetch_order_dispose) struct gm_fetch_order
void gm_fetch_order_dispose(struct gm_fetch_order *order);

/* `out` must be fresh, and must not move. GM_EINVALID. */
int gm_fetch_order_from_json(struct gm_fetch_order *out, const json_t *object);

/* What came of it. */
int gm_fetch_result_to_json(json_t **out, const struct gm_fetch_result *result);

/* GM_EINVALID. `out` must be fresh. */
int gm_fetch_result_from_json(struct gm_fetch_result *out, const json_t *object);

/* Of one ref, whose memory is the caller's. */
void gm_fetched_ref_dispose(struct gm_fetched_ref *ref);

#endif
