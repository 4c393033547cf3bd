/*
 * A growing list of changes for gm_tree_update(), in the order they are to be made.
 */
#ifndef GM_DAG_TREE_CHANGES_H
#define GM_DAG_TREE_CHANGES_H

#include "dag/tree.h"

/* Owns the paths. */
struct gm_tree_changes {
	struct gm_tree_change *items;
	size_t n;
	size_t cap;
};

#define GM_TREE_CHANGES_INIT                    \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autotreechanges gm_cleanup(gm_tree_changes_dispose) struct gm_tree_changes
void gm_tree_changes_dispose(struct gm_tree_changes *changes);

/* Append a copy, with mode 0. A zero blob removes. */
int gm_tree_changes_add(
	struct gm_tree_changes *changes, const char *path, const struct gm_oid *blob);

#endif
