/*
 * The filter of the paths that a commit changed.
 */
#ifndef GM_DAG_COMMIT_GRAPH_PATHS_H
#define GM_DAG_COMMIT_GRAPH_PATHS_H

#include "objstore/store.h"

/* Append that of what differs between two trees (`old_tree` NULL: nothing). */
int gm_graph_paths_filter(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree);

#endif
