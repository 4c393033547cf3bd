/*
 * A repository: the `.gitmem` folder, its objects, refs and settings
 * (gitrepository-layout(5); what is ours is in gitmem-format(5)).
 *
 * A handle belongs to one thread. Reading needs no lock; whoever changes refs or the stage
 * holds the repository lock.
 */
#ifndef GM_DAG_REPOSITORY_H
#define GM_DAG_REPOSITORY_H

#include "base/config.h"
#include "base/lock.h"
#include "dag/refs.h"
#include "objstore/store.h"

#define GM_REPO_DIR ".gitmem"

struct gm_repo;

/* How objects and refs lie on disk. */
enum gm_layout {
	GM_LAYOUT_GIT,      /* Git's own files */
	GM_LAYOUT_SEGMENTS, /* gitmem-format(5), "SEGMENT STORE" */
};

/*
 * Make a repository whose folder is `gitdir`, with HEAD on `branch` ("main"). One that stands
 * there already is left as it is, its layout too, apart from folders that are missing;
 * `*created_out` tells.
 * When it fails, a folder that it made is gone again. Returns GM_EINVALID for a branch name
 * that is none.
 */
int gm_repo_init(
	bool *created_out, const char *gitdir, const char *branch, enum gm_layout layout);

/*
 * The layout of the repository at `gitdir`, also of one that was left unfinished. GM_ENOTFOUND
 * when there is none.
 */
int gm_repo_layout(enum gm_layout *out, const char *gitdir);

/* Whether the folder is itself a repository's (`.gitmem`, or what `clone --bare` made). */
bool gm_repo_is_dir(const char *path);

/*
 * Append the absolute path of the nearest repository, from `start` upward: a folder `.gitmem`, or
 * one that is a repository by itself. GM_ENOTFOUND when there is none up to the root, GM_EACCESS
 * when it belongs to another user (for root, to one other than who ran sudo).
 */
int gm_repo_discover(struct gm_buf *out, const char *start);

/*
 * Open the repository at `gitdir`. GM_ENOTFOUND when it is no repository; GM_EINVALID when its
 * format is newer than we are or its settings cannot be read.
 */
int gm_repo_open(struct gm_repo **out, const char *gitdir);
void gm_repo_free(struct gm_repo *repo);
GM_DEFINE_CLEANUP(struct gm_repo, gm_repo_free)

/* All lent. The folder's path is absolute. */
const char *gm_repo_dir(const struct gm_repo *repo);
struct gm_store *gm_repo_store(struct gm_repo *repo);
struct gm_refs *gm_repo_refs(struct gm_repo *repo);

/*
 * The settings: Git's global file (`user.*` only), $XDG_CONFIG_HOME/gitmem/config, then the
 * repository's own, strongest last.
 */
const struct gm_config *gm_repo_config(const struct gm_repo *repo);

/*
 * Whether a setting of gitmem's own may have this value: GM_EINVALID. `core.fsync` is one in a
 * repository with segments; where objects lie as in Git, Git's is meant.
 */
int gm_repo_check_setting(const char *name, const char *value);

/* The limit for a memory's content, `memory.maxSize`, in bytes. GM_EINVALID over 31 MB. */
int gm_repo_max_content(size_t *out, const struct gm_repo *repo);

/* Append the path of a file of the repository ("config", "recall"). */
int gm_repo_path(struct gm_buf *out, const struct gm_repo *repo, const char *name);

/* Append the path of the user's own settings; GM_ENOTFOUND without $XDG_CONFIG_HOME and $HOME. */
int gm_global_config_path(struct gm_buf *out);

/*
 * Take the repository lock (base/lock.h). `command` names us to those who wait; `waiting` is
 * called when it takes over a second.
 */
int gm_repo_lock(struct gm_lock **out, struct gm_repo *repo, const char *command,
	gm_lock_wait_fn waiting, void *payload);

/* GM_EINVALID unless `branch` may name a branch (git check-ref-format --branch). */
int gm_branch_check_name(const char *branch);

/* What a call acts on: a branch, which may have no commit yet, or a detached HEAD. */
struct gm_head {
	char *ref;            /* "refs/heads/main"; "HEAD" when detached */
	const char *branch;   /* "main", inside `ref`; NULL when detached */
	bool exists;          /* false: no commit yet */
	struct gm_oid commit; /* zero when there is none */
	struct gm_oid tree;   /* of the commit; the empty tree when there is none */
};

#define GM_HEAD_INIT                         \
	{                                    \
		.ref = NULL, .branch = NULL, \
	}
#define gm_autohead gm_cleanup(gm_head_dispose) struct gm_head

/*
 * Read HEAD, or the branch `branch` when it is not NULL. A branch that does not exist has
 * `exists` false; that is for the caller to judge. GM_EINVALID for a name that is none,
 * GM_EMISMATCH when the ref names something that is no commit or is not there.
 */
int gm_head_read(struct gm_head *out, struct gm_repo *repo, const char *branch);
void gm_head_dispose(struct gm_head *head);

#endif
