/*
 * Remotes, as `.gitmem/config` names them: in Git's words (remote.NAME.url, .pushurl, .fetch),
 * and two of ours: remote.NAME.scope, what may be sent there, and remote.NAME.attached.
 *
 * An attached remote is one of the surrounding project's, from whose settings its URLs are read
 * each time; branches of memory are below refs/gitmem/heads/ there, tags below refs/gitmem/tags/.
 */
#ifndef GM_SYNC_REMOTE_H
#define GM_SYNC_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "dag/record.h"
#include "dag/repository.h"
#include "sync/refspec.h"

struct gm_remote {
	char *name;     /* NULL: only a URL was named */
	char *url;      /* with its password, if it has one: see gm_url_show() */
	char *push_url; /* never NULL: the same when there is no other */
	char *given_url; /* as the settings or the caller spell them, where a path may be */
	char *given_push_url; /* relative: for people, through gm_url_show() */
	struct gm_refspec *fetch;
	size_t n_fetch;
	enum gm_scope scope;
	bool is_attached;
};

#define GM_REMOTE_INIT                                                          \
	{                                                                       \
		.name = NULL, .url = NULL, .push_url = NULL, .given_url = NULL, \
		.given_push_url = NULL, .fetch = NULL, .n_fetch = 0             \
	}
#define gm_autoremote gm_cleanup(gm_remote_dispose) struct gm_remote
void gm_remote_dispose(struct gm_remote *remote);

/*
 * Read the remote of this name, or take it for a URL or path when there is none; `out` must be
 * fresh, `repo` may be NULL (then it can only be a URL). GM_ENOTFOUND when it is neither (no
 * remote, and a path where nothing is), GM_EINVALID when its settings cannot be used.
 */
int gm_remote_read(struct gm_remote *out, struct gm_repo *repo, const char *name_or_url);

/* What names it in a request to gitmem-sync: its name or, without one, its URL. Lent. */
const char *gm_remote_key(const struct gm_remote *remote);

/* How it is shown: its name or, without one, its URL without a password. Appends. */
int gm_remote_show(struct gm_buf *out, const struct gm_remote *remote);

/*
 * Append the name of the remote of a branch (NULL: a detached HEAD): branch.NAME.remote, else the
 * only remote, else "origin". GM_ENOTFOUND when there is none.
 */
int gm_remote_of_branch(
	struct gm_buf *name_out, struct gm_repo *repo, const char *branch);

/*
 * The same for a push: branch.NAME.pushRemote, else remote.pushDefault, else as above. A fork is
 * made with `origin` for the second, and may have no remote of that name: GM_ENOTFOUND.
 */
int gm_remote_to_push_to(
	struct gm_buf *name_out, struct gm_repo *repo, const char *branch);

/* Append the name at the remote of our branch or tag, and back. GM_EINVALID for other refs. */
int gm_remote_ref_of(struct gm_buf *out, const struct gm_remote *remote, const char *ref);
int gm_remote_local_ref(
	struct gm_buf *out, const struct gm_remote *remote, const char *remote_ref);

/* Append the ref that tracks the remote's `remote_ref` here; nothing when none does. */
int gm_remote_tracking_ref(
	struct gm_buf *out, const struct gm_remote *remote, const char *remote_ref);

/* Append the names of all remotes, sorted. */
int gm_remote_names(struct gm_strv *out, const struct gm_config *config);

bool gm_remote_exists(const struct gm_config *config, const char *name);

/* GM_EINVALID unless it may name a remote: as a part of a ref's name. */
int gm_remote_check_name(const char *name);

/* One that a remote may have: `shared` or `global`. What is private goes to none. */
bool gm_remote_scope_parse(enum gm_scope *out, const char *word);

/*
 * Change the settings; GM_EEXISTS, GM_ENOTFOUND, GM_EINVALID. They are in the file when these
 * return, while gm_repo_config() stays as it was read.
 */
int gm_remote_add(struct gm_repo *repo, const char *name, const char *url);
int gm_remote_add_attached(struct gm_repo *repo, const char *name);
int gm_remote_set_url(
	struct gm_repo *repo, const char *name, const char *url, bool for_push);
int gm_remote_set_scope(struct gm_repo *repo, const char *name, enum gm_scope scope);

/*
 * Forget a remote with its tracking refs, and that branches follow any of its. The caller holds
 * `lock`, the repository's.
 */
int gm_remote_remove(struct gm_repo *repo, struct gm_lock *lock, const char *name);

#endif
