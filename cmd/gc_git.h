/*
 * `gc` of a repository in Git's layout.
 */
#ifndef GM_CMD_GC_GIT_H
#define GM_CMD_GC_GIT_H

#include "cmd/command.h"
#include "dag/gc.h"

/* gm_git_gc(), its result as gm_gc() gives it. Refs are packed too. */
int gm_gc_git(struct gm_gc_result *out, struct gm_call *call,
	const struct gm_gc_options *options);

#endif
