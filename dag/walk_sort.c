#include "dag/walk_sort.h"

#include "dag/walk_queue.h"

/* The nodes that may come next: the last one put is the first, or the newest one is. */
struct tips {
	bool by_date;
	struct gm_walk_queue queue;
	size_t *stack; /* each node is a tip once */
	size_t n;
};

static void dispose_tips(struct tips *tips)
{
	gm_walk_queue_dispose(&tips->queue);
	gm_free(tips->stack);
}

static int put_tip(struct tips *tips, const struct gm_graph *graph, size_t node)
{
	if (tips->by_date)
		return gm_walk_queue_put(&tips->queue, node, graph->nodes[node].date);
	tips->stack[tips->n++] = node;
	return 0;
}

static bool take_tip(size_t *out, struct tips *tips)
{
	if (tips->by_date)
		return gm_walk_queue_take(out, &tips->queue);
	if (!tips->n)
		return false;
	*out = tips->stack[--tips->n];
	return true;
}

/* For each node to be sorted, 1 and how many children it has among them; 0 for all others. */
static size_t *count_children(const struct gm_graph *graph, const size_t *nodes, size_t n)
{
	size_t *counts = gm_calloc(graph->n, sizeof(*counts));

	if (!counts)
		return NULL;
	for (size_t i = 0; i < n; i++)
		counts[nodes[i]] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t p = 0; p < graph->nodes[nodes[i]].n_parents; p++) {
			size_t parent = gm_graph_parent(graph, nodes[i], p);
			counts[parent] += counts[parent] != 0;
		}
	return counts;
}

/* All that no other node has for a parent; the first is to be taken first. */
static int put_first_tips(struct tips *tips, const struct gm_graph *graph,
	const size_t *counts, const size_t *nodes, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		size_t node = nodes[tips->by_date ? i : n - 1 - i];
		if (counts[node] == 1)
			rc = put_tip(tips, graph, node);
	}
	return rc;
}

int gm_graph_sort(struct gm_graph *graph, size_t *nodes, size_t n, bool by_date)
{
	gm_autofree size_t *counts = count_children(graph, nodes, n);
	gm_cleanup(dispose_tips) struct tips tips = {
		.by_date = by_date, .stack = gm_calloc(n, sizeof(*tips.stack))};
	size_t n_sorted = 0;
	size_t node;

	if (!counts || !tips.stack)
		return GM_ENOMEM;
	int rc = put_first_tips(&tips, graph, counts, nodes, n);
	while (rc == 0 && take_tip(&node, &tips)) {
		for (size_t i = 0; rc == 0 && i < graph->nodes[node].n_parents; i++) {
			size_t parent = gm_graph_parent(graph, node, i);
			if (counts[parent] && --counts[parent] == 1)
				rc = put_tip(&tips, graph, parent);
		}
		nodes[n_sorted++] = node;
	}
	return rc;
}
