/*
 * Walking three trees at once. Folders that are the same in all three are never read, so the
 * cost is what differs, not what there is.
 */
#ifndef GM_DAG_TREE_THREE_WAY_H
#define GM_DAG_TREE_THREE_WAY_H

#include "dag/tree.h"

enum gm_tree_side {
	GM_SIDE_BASE,
	GM_SIDE_OURS,
	GM_SIDE_THEIRS,
};
#define GM_TREE_SIDES 3

/* A file at one path of the three trees; where it is missing the mode is 0. */
struct gm_tree_triple {
	const char *path; /* lent */
	unsigned mode[GM_TREE_SIDES];
	struct gm_oid oid[GM_TREE_SIDES];
};

typedef int (*gm_tree_triple_fn)(const struct gm_tree_triple *triple, void *payload);

/*
 * Call `each`, in path order, for every file that is not the same in all of `trees` (zero: an
 * empty tree), which may be in the batch. A non-zero return ends it. Where one tree has a file
 * and another a folder, the folder's files are reported each by itself. GM_ETOOBIG beyond
 * GM_TREE_MAX_VISITS.
 */
int gm_tree_three_way(struct gm_batch *batch, const struct gm_oid trees[GM_TREE_SIDES],
	gm_tree_triple_fn each, void *payload);

struct gm_tree_three_way_options {
	const char *prefix; /* put before each path, with a slash; NULL: nothing */
	/* Called of a folder before it is looked into (NULL: none): 1 passes it over. */
	gm_tree_triple_fn folder;
};

int gm_tree_three_way_with(struct gm_batch *batch,
	const struct gm_oid trees[GM_TREE_SIDES], gm_tree_triple_fn each, void *payload,
	const struct gm_tree_three_way_options *options);

#endif
