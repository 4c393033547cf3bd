/*
 * Which branch another one follows.
 */
#ifndef GM_CMD_BRANCH_UPSTREAM_H
#define GM_CMD_BRANCH_UPSTREAM_H

#include "cmd/command.h"
#include "dag/upstream.h"

/*
 * Let a branch (NULL: the call's own) follow the branch `name`, here or of a remote. A branch
 * does not follow itself.
 */
int gm_branch_follow(struct gm_call *call, const char *branch, const char *name);

/* Let it follow none. */
int gm_branch_unfollow(struct gm_call *call, const char *branch);

/*
 * What a new branch follows that starts at a revision: that, when it is a branch of a remote or
 * `track` asks for it and it is a branch at all. `track` is -1 when nothing was said.
 */
int gm_branch_follow_start(
	struct gm_call *call, const char *branch, const char *revision, int track);

/*
 * The one branch of a remote that a branch which does not exist here can be made of, appended;
 * nothing when there is none, or several.
 */
int gm_find_remote_branch(struct gm_buf *out, struct gm_repo *repo, const char *name);

/*
 * Append "[origin/main: ahead 1, behind 2] ", with `named` unset without the name; nothing when
 * there is nothing to say.
 */
int gm_put_tracking(struct gm_buf *out, const struct gm_tracking *tracking, bool named);

/* Set `upstream`, `ahead` and `behind`, null where there is none. */
int gm_set_tracking(json_t *object, const struct gm_tracking *tracking);

#endif
