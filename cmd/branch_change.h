/*
 * Making, deleting and renaming branches, each under the repository lock.
 */
#ifndef GM_CMD_BRANCH_CHANGE_H
#define GM_CMD_BRANCH_CHANGE_H

#include "cmd/command.h"

/*
 * Make a branch at a revision (NULL: HEAD). GM_EEXISTS when it is there, GM_EINVALID for a
 * bad name.
 */
int gm_branch_create(struct gm_call *call, const char *name, const char *revision);

/* The same, but one that is there moves, unless HEAD is on it. Its stage stays. */
int gm_branch_create_or_move(
	struct gm_call *call, const char *name, const char *revision);

/*
 * Delete branches. Without `force`, one is refused that has commits which the branch it follows
 * (HEAD, if it follows none) does not reach, staged changes, or a merge that waits. The one HEAD
 * is on is always refused.
 */
int gm_branches_delete(
	struct gm_call *call, const char *const *names, size_t n, bool force);

/*
 * Rename a branch (NULL: the current one), with its reflog, stage, settings, and a merge that
 * waits. With `force` a branch of the new name gives way, with all that it has, unless HEAD is
 * on it.
 */
int gm_branch_rename(struct gm_call *call, const char *from, const char *to, bool force);

#endif
