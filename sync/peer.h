/*
 * A gitmem repository on the same machine as a remote. No program of Git's can read segments, and
 * none takes our lock, so both repositories are opened here: for either layout.
 *
 * What is on both sides is what it is with any other remote: objects first, then refs, each
 * compared with what it was. Of the refs those are seen that may travel: not what is kept for
 * one repository only (refs/gitmem/rescue/, refs/gitmem/stage/, refs/bisect/).
 */
#ifndef GM_SYNC_PEER_H
#define GM_SYNC_PEER_H

#include "dag/repository.h"
#include "sync/advertisement.h"
#include "sync/remote.h"

struct gm_outgoing;

/*
 * 1 with the repository's folder appended when `url` is the path (or file://) of a gitmem
 * repository, or of a folder that has one; 0, without a message, when it is anything else.
 */
int gm_peer_find(struct gm_buf *gitdir_out, const char *url);

/*
 * The same for where a remote is fetched from, or pushed to. An attached one is a repository of
 * Git's, also where the path leads to a working tree that has memory of its own beside it.
 */
int gm_peer_of_remote(
	struct gm_buf *gitdir_out, const struct gm_remote *remote, bool for_push);

/*
 * What the peer would say first: its refs, what tags lead to, where HEAD leads. It tells no
 * capabilities. `out` must be fresh.
 */
int gm_peer_advertise(struct gm_advertisement *out, struct gm_repo *peer);

/* Called as objects are copied; a failure ends the call and is returned. */
struct gm_peer_options {
	int (*beat)(size_t done, size_t total, size_t bytes, void *payload);
	void *payload;
};

struct gm_peer_copied {
	size_t n_objects;
	uint64_t bytes; /* of their contents */
};

/*
 * Copy what `wants` lead to, and `repo` has not, from the peer: checked, durable and visible
 * when this returns, though no ref leads there. `batch_out` is to be freed (gm_batch_free)
 * when the refs have moved: until then no gc takes anything of it away. GM_ENOTFOUND when
 * something is missing at the peer, GM_EMISMATCH when it is damaged there.
 */
int gm_peer_fetch(struct gm_batch **batch_out, struct gm_peer_copied *out,
	struct gm_repo *repo, struct gm_repo *peer, const struct gm_oid *wants, size_t n,
	const struct gm_peer_options *options);

/* A ref of the peer that is to change. */
struct gm_peer_command {
	const char *ref;
	struct gm_oid old_oid; /* what it must be; zero: it must not be there */
	struct gm_oid new_oid; /* zero: remove it */
	/*
	 * What became of it: 0; GM_EMODIFIED when it is not at `old_oid`; GM_EACCESS when a peer
	 * has no such change made to it; any other error. `reason` tells in Git's words, gm_free().
	 */
	int rc;
	char *reason;
};

struct gm_peer_push {
	struct gm_peer_command *commands;
	size_t n;
	bool is_atomic; /* all of them or none */
	const struct gm_outgoing
		*outgoing;              /* walked, in our store; NULL: nothing is sent */
	const struct gm_signature *who; /* for the peer's reflogs */
	const char *message;
};

/*
 * Copy the objects into the peer, then change its refs under its lock. 0 says that each of them
 * was asked for, and its `rc` what became of it.
 */
int gm_peer_push(struct gm_peer_copied *out, struct gm_repo *peer, struct gm_repo *repo,
	const struct gm_peer_push *push, const struct gm_peer_options *options);

#endif
