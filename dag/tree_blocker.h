/*
 * Whether a file can be put at a path without pushing another one out of the tree.
 */
#ifndef GM_DAG_TREE_BLOCKER_H
#define GM_DAG_TREE_BLOCKER_H

#include "dag/tree.h"

/*
 * Look for what stands in the way of a file at `path`: a file where a folder is needed, or a
 * folder at the path itself. Returns 1 with its path appended to `out`, 0 when the way is
 * free (a file at the path itself is no blocker).
 */
int gm_tree_find_blocker(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *root, const char *path);

#endif
