/*
 * The branches that `sync` keeps equal to those of a remote: each that follows one of it, and the
 * one that the call acts on if it follows nothing yet. Other branches are nobody's business.
 */
#ifndef GM_CMD_SYNC_BRANCHES_H
#define GM_CMD_SYNC_BRANCHES_H

#include "cmd/command.h"
#include "cmd/merge_job.h"
#include "sync/fetch_request.h"
#include "sync/remote.h"

enum gm_sync_state {
	GM_SYNC_EQUAL,  /* nothing had to be done */
	GM_SYNC_MERGED, /* what the remote had is merged */
	GM_SYNC_AHEAD,  /* the remote had nothing new; ours may have */
	GM_SYNC_NEW,    /* the remote has no such branch, and never had */
	GM_SYNC_GONE,   /* the remote had it and has it no more */
	GM_SYNC_FAILED, /* it could not be merged */
};

struct gm_sync_branch {
	char *name;
	char *remote_ref;   /* its full name at the remote */
	char *tracking_ref; /* "" when it has none */
	bool is_followed;   /* the branch follows it already */
	struct gm_oid ours; /* zero: no commit yet */
	struct gm_oid
		theirs; /* where it was when it was fetched; zero: it was not there */
	enum gm_sync_state state;
	struct gm_merge_job job; /* of MERGED and AHEAD */
	struct gm_error failure; /* of FAILED */
};

struct gm_sync_branches {
	struct gm_sync_branch *items;
	size_t n;
	size_t cap;
};

#define GM_SYNC_BRANCHES_INIT                   \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
void gm_sync_branches_dispose(struct gm_sync_branches *branches);

/* Find them; with --branch there is only that one. `out` must be fresh. */
int gm_sync_branches_find(struct gm_sync_branches *out, struct gm_call *call,
	const struct gm_head *head, const struct gm_remote *remote);

/*
 * Merge into each what was fetched of it. One that cannot be merged does not keep the others from
 * it; only what concerns them all is a failure.
 */
int gm_sync_branches_merge(struct gm_sync_branches *branches, struct gm_call *call,
	const struct gm_remote *remote, const struct gm_fetch_result *fetched,
	bool no_verify);

/* Whether it is to be pushed: ours is known not to be what the remote has. */
bool gm_sync_is_ahead(const struct gm_sync_branch *branch);

#endif
