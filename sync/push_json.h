/*
 * A push as the two programs tell each other of it.
 */
#ifndef GM_SYNC_PUSH_JSON_H
#define GM_SYNC_PUSH_JSON_H

#include "base/json.h"
#include "sync/push_request.h"

/* What is asked, of a remote by its name or its URL. */
int gm_push_request_to_json(
	json_t **out, const struct gm_push_request *request, const char *remote);

/*
 * Read it again: `out` points into `object` and has no remote; `updates_out` (gm_free) holds
 * its updates. GM_EINVALID.
 */
int gm_push_request_from_json(struct gm_push_request *out,
	struct gm_push_update **updates_out, const char **remote_out,
	const json_t *object);

/* What came of it. */
int gm_push_result_to_json(json_t **out, const struct gm_push_result *result);

/* GM_EINVALID. `out` must be fresh. */
int gm_push_result_from_json(struct gm_push_result *out, const json_t *object);

#endif
