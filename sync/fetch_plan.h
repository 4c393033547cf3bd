/*
 * What a fetch comes to, from what is asked for and what the remote has: which of its refs are to
 * be which of ours, and which of ours it has no more.
 */
#ifndef GM_SYNC_FETCH_PLAN_H
#define GM_SYNC_FETCH_PLAN_H

#include "dag/repository.h"
#include "sync/advertisement.h"
#include "sync/fetch_request.h"

struct gm_fetch_planning {
	struct gm_repo *repo;
	const struct gm_fetch_request *request; /* with its remote */
	const struct gm_advertisement *advertisement;
};

struct gm_fetch_item {
	char *remote_ref;
	char *local_ref;   /* NULL: none */
	struct gm_oid oid; /* zero: pruned */
	bool is_forced;
	bool is_followed; /* a tag that comes along */
};

struct gm_fetch_plan {
	struct gm_fetch_item *items;
	size_t n;
	size_t cap;
	bool is_tracking; /* tracking refs are kept: tags come along */
};

#define GM_FETCH_PLAN_INIT             \
	{                              \
		.items = NULL, .n = 0, \
	}
#define gm_autofetchplan gm_cleanup(gm_fetch_plan_dispose) struct gm_fetch_plan
void gm_fetch_plan_dispose(struct gm_fetch_plan *plan);

/*
 * Everything but tags that come along. `out` must be fresh. GM_ENOTFOUND when the remote does
 * not have what was named, GM_EINVALID for refspecs that cannot be used, or where two refs of
 * the remote are to be the same one here.
 */
int gm_fetch_plan_make(
	struct gm_fetch_plan *out, const struct gm_fetch_planning *planning);

/*
 * Add the remote's tags that we do not have and whose commit we do. With `with_tags` those too
 * whose own object is not here yet, for it to be asked for.
 */
int gm_fetch_plan_follow_tags(struct gm_fetch_plan *plan,
	const struct gm_fetch_planning *planning, bool with_tags);

#endif
