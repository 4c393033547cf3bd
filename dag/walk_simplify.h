/*
 * Which commits of a walk change what it is limited to; paths are looked at along those paths
 * only.
 */
#ifndef GM_DAG_WALK_SIMPLIFY_H
#define GM_DAG_WALK_SIMPLIFY_H

#include "dag/walk_follow.h"

/* 1 when nothing at any of `paths` differs between the trees, 0 when something does. */
int gm_paths_are_same(struct gm_store *store, const struct gm_oid *a,
	const struct gm_oid *b, const struct gm_strv *paths);

/* The same of a loaded node and a loaded parent of it, often without looking at trees. */
int gm_graph_paths_are_same(
	struct gm_graph *graph, size_t node, size_t parent, const struct gm_strv *paths);

/* What a walk is limited to: the commits that change any of these. */
struct gm_walk_limit {
	struct gm_strv paths; /* files and folders, whatever lies there */
	struct gm_follows follows;
	bool first_parent; /* a merge is compared with its first parent only */
};

bool gm_walk_limit_is_set(const struct gm_walk_limit *limit);

/*
 * Mark a loaded node GM_NODE_SAME when it changes nothing of the limit. Of a merge that has all
 * of it just like one of its parents, only that parent is kept.
 */
int gm_graph_simplify(struct gm_graph *graph, size_t node, struct gm_walk_limit *limit);

#endif
