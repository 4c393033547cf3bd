#include "sync/fetch_request.h"

#include "sync/fetch_json.h"
#include "sync/process.h"
#include "sync/remote.h"

int gm_sync_fetch(struct gm_fetch_result *out, struct gm_sync *sync,
	const struct gm_fetch_request *request)
{
	gm_autojson *object = gm_sync_request("fetch");
	gm_autojson *done = NULL;
	int rc = object
		? gm_fetch_request_put(object, request, gm_remote_key(request->remote))
		: GM_ENOMEM;

	if (rc == 0)
		rc = gm_sync_ask(&done, sync, gm_steal(&object));
	return rc < 0 ? rc : gm_fetch_result_from_json(out, done);
}
