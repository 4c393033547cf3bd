/*
 * A push as the two programs tell each other of it.
 */
#ifndef GM_SYNC_PUSH_JSON_H
#define GM_SYNC_PUSH_JSON_H

#include "base/json.h"
#include "dag/commit.h"
#include "sync/push_request.h"

/* Put what is asked into `object`, a request. */
int gm_push_request_to_json(json_t *object, const struct gm_push_request *request);

/* What was asked. Texts lie in the object that it was read from. */
struct gm_push_asked {
	struct gm_push_request request; /* its remote is for the caller to set */
	struct gm_push_update *updates;
	struct gm_signature who;
	const char *remote; /* a name or a URL */
};

#define GM_PUSH_ASKED_INIT                                \
	{                                                 \
		.updates = NULL, .who = GM_SIGNATURE_INIT \
	}
#define gm_autopushasked gm_cleanup(gm_push_asked_dispose) struct gm_push_asked
void gm_push_asked_dispose(struct gm_push_asked *asked);

/* Read it again; `out` must be fresh, and stays where it is. GM_EINVALID. */
int gm_push_request_from_json(struct gm_push_asked *out, const json_t *object);

/* What came of it. */
int gm_push_result_to_json(json_t **out, const struct gm_push_result *result);

/* GM_EINVALID. `out` must be fresh. */
int gm_push_result_from_json(struct gm_push_result *out, const json_t *object);

#endif
