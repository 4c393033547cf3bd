/*
 * Nodes in an order in which no parent stands before its children.
 */
#ifndef GM_DAG_WALK_SORT_H
#define GM_DAG_WALK_SORT_H

#include "dag/walk_graph.h"

/*
 * Sort loaded nodes, which are in the order of a walk, in place: one line after the other, or
 * `by_date`, newest first (git-log(1), --topo-order and --date-order). Cost is O(n log n).
 */
int gm_graph_sort(struct gm_graph *graph, size_t *nodes, size_t n, bool by_date);

#endif
