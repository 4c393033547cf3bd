/*
 * What a push comes to, from what is asked for and what the remote has: before anything is sent.
 */
#ifndef GM_SYNC_PUSH_PLAN_H
#define GM_SYNC_PUSH_PLAN_H

#include "dag/repository.h"
#include "sync/advertisement.h"
#include "sync/push_request.h"

struct gm_push_planning {
	struct gm_repo *repo;
	const struct gm_push_request *request; /* with its remote */
	const struct gm_advertisement *advertisement;
};

/*
 * Judge each update: `out` (which must be fresh) is as if the remote took all that
 * gm_push_is_sent(). Of an attached remote that has no refs of ours any more those that it had
 * are added, to be restored.
 *
 * GM_EINVALID for a name that no ref may have there, or that is named twice; GM_ENOTFOUND when
 * what is to be sent does not exist.
 */
int gm_push_plan(struct gm_push_result *out, const struct gm_push_planning *planning);

/* Whether the remote is to be asked for it. */
bool gm_push_is_sent(const struct gm_pushed_ref *ref);

/* How many of them there are. */
size_t gm_push_n_sent(const struct gm_push_result *plan);

/* Let it be refused for this reason. */
int gm_push_refuse(struct gm_pushed_ref *ref, enum gm_pushed kind, const char *reason);

/* 1 when `oid` is `tip` or among its ancestors, both commits that exist; 0; or an error. */
int gm_push_leads_to(
	struct gm_store *store, const struct gm_oid *oid, const struct gm_oid *tip);

#endif
