/*
 * Hooks: programs of the user's that a repository runs when something happens, in its folder
 * `hooks` or where `core.hooksPath` says, called as Git calls them (githooks(5)).
 *
 * One runs in the folder that holds the repository (in the repository itself when it is bare),
 * with GITMEM_DIR naming it and without GIT_* variables and GITMEM_TOKEN. What it prints goes to
 * standard error. It may call gitmem: so nobody runs one while holding the repository lock.
 */
#ifndef GM_DAG_HOOK_H
#define GM_DAG_HOOK_H

#include "dag/repository.h"

enum gm_hook_presence {
	GM_HOOK_ABSENT,
	GM_HOOK_IGNORED, /* a file that may not be executed */
	GM_HOOK_PRESENT,
};

/* Whether there is such a hook. One system call when there is none. */
int gm_hook_find(enum gm_hook_presence *out, struct gm_repo *repo, const char *name);

/* Append the path that the hook has, or would have. */
int gm_hook_path(struct gm_buf *out, struct gm_repo *repo, const char *name);

/*
 * Run the hook with these arguments (NULL at the end; NULL: none) and with `input` on its
 * standard input (NULL: nothing). Returns 0 when there is none, or when it ended with 0; GM_ENO
 * when it ended with anything else, which means "no"; GM_ERROR when it cannot be run,
 * GM_EACCESS when the repository came with a project that git checked out (dag/tracked.h);
 * GM_EINTERRUPTED when a signal came meanwhile, which ends it too.
 */
int gm_hook_run(struct gm_repo *repo, const char *name, const char *const *args,
	const struct gm_buf *input);

/* Zeroed, it is what gm_hook_run() does without arguments and input. All lent. */
struct gm_hook_options {
	const char *const *args;
	const struct gm_buf *input;
	const char *const
		*variables; /* for its environment: "NAME=value", NULL at the end */
	void (*beat)(void *payload); /* called about once a second while it runs */
	void *payload;
};
int gm_hook_run_with(
	struct gm_repo *repo, const char *name, const struct gm_hook_options *options);

#endif
