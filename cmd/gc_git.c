#include "cmd/gc_git.h"

#include "dag/convert.h"
#include "dag/git_gc.h"

static int lock(struct gm_lock **out, void *payload)
{
	return gm_call_lock(out, payload);
}

/* What a conversion to this layout left that was stopped is no better than litter. */
static int settle(struct gm_call *call)
{
	gm_cleanup(gm_lock_release_p) struct gm_lock *held = NULL;
	int rc = gm_call_lock(&held, call);

	return rc < 0 ? rc : gm_convert_settle(call->repo, held);
}

int gm_gc_git(struct gm_gc_result *out, struct gm_call *call,
	const struct gm_gc_options *options)
{
	const struct gm_git_gc_options how = {.prune = options->expire != GM_TIME_NONE,
		.expire = options->expire == INT64_MAX ? INT64_MAX
						       : options->expire / GM_TIME_SECOND,
		.pack_refs = true,
		.dry_run = options->is_dry,
		.progress = options->progress,
		.lock = lock,
		.payload = call};
	struct gm_git_gc_result result;
	int rc = options->is_dry ? 0 : settle(call);

	if (rc == 0)
		rc = gm_git_gc(&result, call->repo, &how);
	if (rc < 0)
		return rc;
	*out = (struct gm_gc_result){.n_live = result.n_packed,
		.stats = {.n_rewrite = result.n_packed,
			.n_unreachable = result.n_unreachable,
			.n_drop = result.n_dropped,
			.bytes_before = result.bytes_before,
			.bytes_after = result.bytes_after}};
	return 0;
}
