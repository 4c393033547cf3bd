/*
 * The project around a repository: the Git repository in whose working tree the folder
 * `.gitmem` lies. What is needed of it, its remotes and where its hooks are, is read from its
 * files; git need not be there, and nothing in it is changed here.
 *
 * Its settings are those that git has: /etc/gitconfig, the user's, the repository's, and the
 * worktree's. Files that they include are not read.
 */
#ifndef GM_SYNC_PROJECT_H
#define GM_SYNC_PROJECT_H

#include "base/buf.h"
#include "base/config.h"

struct gm_project {
	char *root;       /* the top of its working tree, absolute */
	char *git_dir;    /* of this worktree */
	char *common_dir; /* what all worktrees share; mostly the same folder */
	struct gm_config *config;
};

#define GM_PROJECT_INIT                                                            \
	{                                                                          \
		.root = NULL, .git_dir = NULL, .common_dir = NULL, .config = NULL, \
	}
#define gm_autoproject gm_cleanup(gm_project_dispose) struct gm_project
void gm_project_dispose(struct gm_project *project);

/*
 * The project whose working tree holds the folder `start`: the nearest one upward. GM_ENOTFOUND
 * when there is none; GM_EINVALID when its settings cannot be read.
 */
int gm_project_find(struct gm_project *out, const char *start);

/* The same for the folder of a repository, ".../project/.gitmem". */
int gm_project_around(struct gm_project *out, const char *gitdir);

/*
 * Append the URL of its remote `name` to fetch from, or to push to, as git would use it: with
 * `pushurl`, `insteadOf` and `pushInsteadOf`, and a relative path made absolute. GM_ENOTFOUND
 * when it has no such remote.
 */
int gm_project_url(struct gm_buf *out, const struct gm_project *project, const char *name,
	bool for_push);

enum gm_project_hooks {
	GM_PROJECT_HOOKS_OWN, /* beside its other files of Git, or where it alone says */
	GM_PROJECT_HOOKS_SHARED, /* where the user's settings say, for all projects */
	GM_PROJECT_HOOKS_TRACKED, /* in the working tree, where they are part of the project */
};

/* Append the folder of its hooks (`core.hooksPath`); `*kind_out` tells whose they are. */
int gm_project_hooks(struct gm_buf *out, enum gm_project_hooks *kind_out,
	const struct gm_project *project);

#endif
