/*
 * Whether two trees hold the same at some paths, looked at along those paths only.
 */
#ifndef GM_DAG_WALK_SIMPLIFY_H
#define GM_DAG_WALK_SIMPLIFY_H

#include "base/strv.h"
#include "dag/walk_graph.h"

/* 1 when nothing at any of `paths` differs between the trees, 0 when something does. */
int gm_paths_are_same(struct gm_store *store, const struct gm_oid *a,
	const struct gm_oid *b, const struct gm_strv *paths);

/*
 * Mark a loaded node GM_NODE_SAME when it changes none of `paths`. Of a merge that has them
 * just like one of its parents, only that parent is kept.
 */
int gm_graph_simplify(struct gm_graph *graph, size_t node, const struct gm_strv *paths);

#endif
