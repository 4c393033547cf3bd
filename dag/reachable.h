/*
 * Everything that must live: the objects that refs, reflogs, stages and the like lead to, each
 * once, in a good order to pack them in. Memory: some 50 bytes for each object and 16 more for
 * a commit, besides the trees on the way to where the walk is.
 *
 * Trees, commits and tags are read (and so checked); blobs are only named by the trees.
 */
#ifndef GM_DAG_REACHABLE_H
#define GM_DAG_REACHABLE_H

#include "base/terminal.h"
#include "dag/repository.h"

struct gm_reachable;

/* An empty walk over the objects of a store. gm_reachable_free(). */
int gm_reachable_new(struct gm_reachable **out, struct gm_store *store);
void gm_reachable_free(struct gm_reachable *reachable);
GM_DEFINE_CLEANUP(struct gm_reachable, gm_reachable_free)

/*
 * Add a beginning. Where `may_lack`, it is fine when it, or what it leads to, does not exist:
 * that is passed over. Zero is passed over.
 */
int gm_reachable_add(
	struct gm_reachable *reachable, const struct gm_oid *oid, bool may_lack);

/*
 * Add all the beginnings of a repository: refs, HEAD, and what may lack: every entry of the
 * reflogs, what stages were made on, the files in its folder that are called like ORIG_HEAD.
 * What is broken is an error: it might lead to something.
 */
int gm_reachable_add_roots(struct gm_reachable *reachable, struct gm_repo *repo);

/*
 * Follow what was added since the last time. GM_ENOTFOUND when something is missing,
 * GM_EMISMATCH when something is damaged or not of the type it is named as. `progress` may be
 * NULL; it counts objects.
 */
int gm_reachable_walk(struct gm_reachable *reachable, struct gm_progress *progress);

/* How many there are, and whether one is among them. */
size_t gm_reachable_n(const struct gm_reachable *reachable);
bool gm_reachable_has(const struct gm_reachable *reachable, const struct gm_oid *oid);

struct gm_reachable_object {
	const struct gm_oid *oid; /* lent until the next walk */
	enum gm_object_type type;
	bool may_lack; /* a blob that need not exist */
	/* The rest is known of what gm_reachable_arrange() has put in order. */
	uint32_t path; /* of trees and blobs: the same number is (likely) the same path */
	const struct gm_oid *previous; /* the version of the path before it; NULL: none */
};

/*
 * Put what there is in order: commits, tags, trees, blobs; commits by time, trees and blobs by
 * path, paths by when they first came to be, the versions of a path by time. Once, when the
 * first walk is done; what later walks find comes behind, as it was found.
 */
int gm_reachable_arrange(struct gm_reachable *reachable);

/* The object at this place of the order, from 0. */
void gm_reachable_at(
	struct gm_reachable_object *out, const struct gm_reachable *reachable, size_t at);

#endif
