/*
 * Our repository as one of libgit2's, in memory: objects and refs through our backends, settings
 * empty (what counts for a connection is told by sync/connection.h).
 */
#ifndef GM_SYNC_LIBGIT2_REPOSITORY_H
#define GM_SYNC_LIBGIT2_REPOSITORY_H

#include <git2.h>

#include "dag/repository.h"

struct gm_incoming;

/*
 * gm_libgit2_start() first; git_repository_free() before what it was made of. A pack that
 * arrives goes to `incoming` (NULL: none can).
 */
int gm_libgit2_repository(
	git_repository **out, struct gm_repo *repo, struct gm_incoming *incoming);

#endif
