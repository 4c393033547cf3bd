/*
 * The object store of a repository as libgit2 sees it. Everything is read through our store, and
 * so bounded and checked; a pack that arrives goes to the incoming objects (sync/incoming.h),
 * where nobody sees it before it was looked at.
 */
#ifndef GM_SYNC_ODB_BACKEND_H
#define GM_SYNC_ODB_BACKEND_H

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "objstore/store.h"

struct gm_incoming;

/*
 * A new backend, to be given to an odb, which frees it. Store and incoming (NULL: no pack can
 * arrive) are lent for its life.
 */
int gm_odb_backend_new(
	git_odb_backend **out, struct gm_store *store, struct gm_incoming *incoming);

#endif
