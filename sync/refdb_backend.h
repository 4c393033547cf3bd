/*
 * The refs of a repository as libgit2 sees them, for it to tell a remote what we have: those that
 * lead to commits. It can only read them; changing refs is ours (dag/refs.h).
 */
#ifndef GM_SYNC_REFDB_BACKEND_H
#define GM_SYNC_REFDB_BACKEND_H

#include <git2.h>
#include <git2/sys/refdb_backend.h>

#include "dag/repository.h"

/* A new backend, to be given to a refdb, which frees it. The repository is lent for its life. */
int gm_refdb_backend_new(git_refdb_backend **out, struct gm_repo *repo);

#endif
