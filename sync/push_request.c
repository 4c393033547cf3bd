#include "sync/push_request.h"

#include "sync/process.h"
#include "sync/push_json.h"

int gm_sync_push(struct gm_push_result *out, struct gm_sync *sync,
	const struct gm_push_request *request)
{
	gm_autojson *object = gm_sync_request("push");
	gm_autojson *done = NULL;
	int rc = object ? gm_push_request_to_json(object, request) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_sync_ask(&done, sync, gm_steal(&object));
	return rc < 0 ? rc : gm_push_result_from_json(out, done);
}
