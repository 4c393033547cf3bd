/*
 * Best common ancestors inside a walk's own graph.
 */
#ifndef GM_DAG_MERGE_BASE_H
#define GM_DAG_MERGE_BASE_H

#include "dag/walk_graph.h"

/*
 * All best common ancestors of two loaded nodes, newest first, in a list freed by gm_free().
 * Nodes keep no flags but GM_NODE_LOADED and GM_NODE_CUT.
 */
int gm_graph_merge_bases(
	size_t **out, size_t *n_out, struct gm_graph *graph, size_t one, size_t two);

/* The same of a node and what all of `others` together reach. */
int gm_graph_merge_bases_many(size_t **out, size_t *n_out, struct gm_graph *graph,
	size_t one, const size_t *others, size_t n_others);

#endif
