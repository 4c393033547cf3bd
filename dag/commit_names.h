/*
 * The names in SHA-256 that a commit of ours carries: the header
 *
 *	gitmem-names sha256 TREE PARENT...
 *
 * so that what is signed does not hang on SHA-1 alone (gitmem-format(5), "Names").
 */
#ifndef GM_DAG_COMMIT_NAMES_H
#define GM_DAG_COMMIT_NAMES_H

#include "dag/commit.h"

/* What to think of the names a commit carries. */
enum gm_commit_names {
	GM_COMMIT_NAMES_ABSENT, /* it has none, as a commit by stock git */
	GM_COMMIT_NAMES_RIGHT,
	GM_COMMIT_NAMES_UNKNOWN, /* an object they should name is not there to compare */
	GM_COMMIT_NAMES_WRONG,   /* they are of something else, or no names at all */
};

/*
 * Compare the names with those that the tree and the parents have. Wrong ones in a commit
 * that is not signed are a stale copy, as `git commit --amend` makes, and count as absent;
 * in a signed one they are damage.
 */
int gm_commit_names_check(enum gm_commit_names *out, const struct gm_commit *commit,
	struct gm_store *store);

/*
 * Put a new commit into a batch, based on its first parent, with the names of its tree and
 * its parents when all of them are known. The header stands behind `encoding`, before all
 * others, and takes the place of one that is there.
 */
int gm_commit_write(
	struct gm_oid *out, struct gm_batch *batch, const struct gm_commit *commit);

#endif
