/*
 * The branch that a branch follows, as `branch.NAME.remote` and `branch.NAME.merge` say.
 */
#ifndef GM_DAG_UPSTREAM_H
#define GM_DAG_UPSTREAM_H

#include "dag/repository.h"

/* Append the full name of the ref it follows; nothing when it follows none. */
int gm_upstream_ref(
	struct gm_buf *out, const struct gm_config *config, const char *branch);

/*
 * Append the full name, as it is at the remote `remote`, of the branch that it follows there;
 * nothing when it follows none of that remote's.
 */
int gm_upstream_at(struct gm_buf *out, const struct gm_config *config, const char *branch,
	const char *remote);

/*
 * The ref that it follows, for a revision: `branch` is a branch's name, NULL what HEAD stands for.
 * GM_ENOTFOUND when there is no such branch, it follows none, or HEAD is detached.
 */
int gm_upstream_of(struct gm_buf *out, struct gm_repo *repo, const char *branch);

/* How a branch stands to the one it follows. */
struct gm_tracking {
	struct gm_buf ref; /* the one it follows; empty: none */
	bool is_gone;      /* that does not exist (any more) */
	size_t ahead;      /* how many commits only the branch has */
	size_t behind;     /* how many only the other has */
};

#define GM_TRACKING_INIT                         \
	{                                        \
		.ref = GM_BUF_INIT(GM_BUF_PATH), \
	}
#define gm_autotracking gm_cleanup(gm_tracking_dispose) struct gm_tracking
void gm_tracking_dispose(struct gm_tracking *tracking);

/* For a branch that is at `commit`; `out` must be fresh. */
int gm_tracking_read(struct gm_tracking *out, struct gm_repo *repo, const char *branch,
	const struct gm_oid *commit);

/*
 * Append the full name of the branch, here or of a remote, that can be followed under this name
 * ("main", "origin/main"). GM_ENOTFOUND when there is none.
 */
int gm_upstream_find(struct gm_buf *out, struct gm_repo *repo, const char *name);

/* Let a branch follow such a ref from now on; NULL: none. Fine when it follows none already. */
int gm_upstream_set(struct gm_repo *repo, const char *branch, const char *ref);

/* How such a ref is shown: "origin/main", or "main" for a branch of this repository. Lent. */
const char *gm_upstream_name(const char *ref);

#endif
