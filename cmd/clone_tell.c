#include "cmd/clone_tell.h"

#include <stdio.h>

#include "base/interrupt.h"
#include "cmd/learning.h"

/* With more objects than this the index is left to who needs it first. */
#define INDEXED_MAX 20000

/* Whether to see to the index now: where that takes no time. */
static bool is_indexed(const struct gm_clone_result *result)
{
	return result->is_linked ? result->has_index : result->n_objects <= INDEXED_MAX;
}

static int print_json(struct gm_call *call, const struct gm_clone_request *request,
	const struct gm_clone_result *result)
{
	gm_autojson *object = gm_json_object();
	char hex[GM_OID_HEX];
	int rc = object ? gm_json_set_string(object, "path", gm_repo_dir(call->repo))
			: GM_ENOMEM;

	gm_oid_format(hex, &result->commit);
	if (rc == 0)
		rc = gm_json_set_string(object, "url", result->url);
	if (rc == 0)
		rc = gm_json_set_string(object, "remote", request->remote);
	if (rc == 0)
		rc = gm_json_set_string(object, "branch", result->branch);
	if (rc == 0)
		rc = gm_json_set_string(
			object, "commit", gm_oid_is_zero(&result->commit) ? NULL : hex);
	if (rc == 0)
		rc = gm_json_set_bool(object, "bare", request->is_bare);
	if (rc == 0)
		rc = gm_json_set_bool(object, "linked", result->is_linked);
	if (rc == 0)
		rc = gm_json_set_int(object, "objects", (long long)result->n_objects);
	if (rc == 0)
		rc = gm_json_set_int(object, "bytes", (long long)result->bytes);
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

/* All is made and told, so that it may be given up. */
static void tend_index(struct gm_call *call, const struct gm_oid *oid)
{
	gm_autocommit commit = GM_COMMIT_INIT;

	if (gm_oid_is_zero(oid) ||
		gm_commit_read(&commit, gm_repo_store(call->repo), oid) < 0)
		return;
	gm_interrupt_heed();
	gm_call_tend_index(call, &commit.tree);
	gm_interrupt_ignore();
}

int gm_clone_and_tell(struct gm_call *call, const struct gm_clone_request *request)
{
	gm_autocloneresult result = GM_CLONE_RESULT_INIT;
	int rc = gm_clone_make(&result, call, request);

	if (rc < 0)
		return rc;
	gm_interrupt_ignore();
	if (call->json)
		rc = print_json(call, request, &result);
	if (rc == 0 && fflush(stdout))
		rc = gm_output_failed();
	if (rc == 0 && !request->is_bare && is_indexed(&result))
		tend_index(call, &result.commit);
	return rc;
}
