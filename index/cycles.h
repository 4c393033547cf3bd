/*
 * Which nodes of a directed graph lie on cycles with each other: its strongly connected
 * components (Tarjan's algorithm), in time and memory linear in the graph, without recursion.
 */
#ifndef GM_INDEX_CYCLES_H
#define GM_INDEX_CYCLES_H

#include <stddef.h>

struct gm_edge {
	size_t from, to;
};

/*
 * For `n` nodes, numbered from 0, and edges sorted by `from`, put into `out` (of `n`) the
 * number of each node's component: two nodes share one when each can be reached from the other.
 */
int gm_cycles_find(size_t *out, size_t n, const struct gm_edge *edges, size_t n_edges);

#endif
