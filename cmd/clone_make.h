/*
 * The making of a repository from another one, for clone and fork: what the remote has is
 * fetched, or linked where the remote is a gitmem repository on this machine, and a branch of
 * it becomes ours.
 */
#ifndef GM_CMD_CLONE_MAKE_H
#define GM_CMD_CLONE_MAKE_H

#include "cmd/command.h"

struct gm_clone_request {
	const char *url;    /* NULL: that of the project around us, attached */
	const char *dir;    /* NULL: as the URL has it */
	const char *branch; /* NULL: the one that the remote's HEAD leads to */
	const char *layout; /* NULL: as usual */
	const char *remote; /* what the remote is called here */
	bool is_bare;
	bool is_attached;
	bool is_fork; /* remember where it was forked from (cmd/fork_point.h) */
};

struct gm_clone_result {
	char *url;            /* as it may be shown */
	char *branch;         /* that HEAD is on */
	struct gm_oid commit; /* zero: none yet */
	bool is_linked;       /* its objects are those of the other one */
	bool has_index;       /* and its index, too */
	uint64_t n_objects;   /* that were fetched */
	uint64_t bytes;
};

#define GM_CLONE_RESULT_INIT                \
	{                                   \
		.url = NULL, .branch = NULL \
	}
#define gm_autocloneresult gm_cleanup(gm_clone_result_dispose) struct gm_clone_result
void gm_clone_result_dispose(struct gm_clone_result *result);

/*
 * Make it; `call->repo` is then open. GM_EEXISTS when there is something where it would be,
 * GM_ENOTFOUND when there is no such remote or branch. When it fails nothing is left.
 */
int gm_clone_make(struct gm_clone_result *out, struct gm_call *call,
	const struct gm_clone_request *request);

#endif
