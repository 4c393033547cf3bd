/*
 * What refs a remote has, asked of gitmem-sync.
 */
#ifndef GM_SYNC_LS_REFS_H
#define GM_SYNC_LS_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "objstore/oid.h"
#include "sync/process.h"
#include "sync/remote.h"

struct gm_remote_ref {
	char *name; /* may be "HEAD"; checked: safe to show and to make a ref of, or a file */
	struct gm_oid oid;
	struct gm_oid peeled; /* what a tag leads to; zero when it is none */
};

/* Sorted by name. */
struct gm_remote_refs {
	struct gm_remote_ref *refs;
	size_t n;
	char *head; /* the branch that HEAD leads to, in full; NULL: unknown */
};

#define GM_REMOTE_REFS_INIT                         \
	{                                           \
		.refs = NULL, .n = 0, .head = NULL, \
	}
#define gm_autoremoterefs gm_cleanup(gm_remote_refs_dispose) struct gm_remote_refs
void gm_remote_refs_dispose(struct gm_remote_refs *refs);

/* `out` must be fresh. With `for_push` the push URL and git-receive-pack are asked. */
int gm_sync_ls_refs(struct gm_remote_refs *out, struct gm_sync *sync,
	const struct gm_remote *remote, bool for_push);

/* NULL when the remote has none of this name. Lent. */
const struct gm_remote_ref *gm_remote_refs_find(
	const struct gm_remote_refs *refs, const char *name);

#endif
