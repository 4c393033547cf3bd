#include "dag/merge_base.h"

#include <limits.h>

#include "base/interrupt.h"
#include "dag/walk.h"
#include "dag/walk_queue.h"

#define SIDES (GM_NODE_ONE | GM_NODE_TWO)

/*
 * Paints the ancestors of one commit and of others until the only commits left to look at are
 * ancestors of some common one.
 */
struct painter {
	struct gm_graph *graph;
	struct gm_walk_queue queue;
	size_t n_fresh;  /* of the queue: not stale */
	size_t *results; /* common ancestors, in the order they were found */
	size_t n_results;
	size_t cap_results;
};

static void dispose_painter(struct painter *painter)
{
	gm_walk_queue_dispose(&painter->queue);
	gm_free(painter->results);
}

/* Colour a loaded node, and look at it (again) later. */
static int paint(struct painter *painter, size_t i, unsigned colours)
{
	struct gm_node *node = &painter->graph->nodes[i];
	bool queued = node->flags & GM_NODE_QUEUED;
	bool was_fresh = queued && !(node->flags & GM_NODE_STALE);

	node->flags |= colours | GM_NODE_QUEUED;
	bool is_fresh = !(node->flags & GM_NODE_STALE);
	if (is_fresh && !was_fresh)
		painter->n_fresh++;
	else if (was_fresh && !is_fresh)
		painter->n_fresh--;
	return queued ? 0 : gm_walk_queue_put(&painter->queue, i, node->date);
}

static int add_result(struct painter *painter, size_t i)
{
	struct gm_node *node = &painter->graph->nodes[i];

	if (node->flags & GM_NODE_RESULT)
		return 0;
	node->flags |= GM_NODE_RESULT;
	int rc = gm_grow(&painter->results, &painter->cap_results, painter->n_results + 1,
		sizeof(*painter->results));
	if (rc == 0)
		painter->results[painter->n_results++] = i;
	return rc;
}

/* Pass a node's colours on to its parents. */
static int spread(struct painter *painter, size_t i)
{
	struct gm_graph *graph = painter->graph;
	unsigned colours = graph->nodes[i].flags & (SIDES | GM_NODE_STALE);

	if (colours == SIDES) {
		int rc = add_result(painter, i);
		if (rc < 0)
			return rc;
		colours |= GM_NODE_STALE;
	}
	for (size_t p = 0; p < graph->nodes[i].n_parents; p++) {
		size_t parent = gm_graph_parent(graph, i, p);
		if ((graph->nodes[parent].flags & colours) == colours)
			continue;
		int rc = gm_graph_load_parent(&parent, graph, i, p);
		if (rc == 0)
			rc = paint(painter, parent, colours);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int paint_down(struct painter *painter)
{
	size_t i;

	while (painter->n_fresh && gm_walk_queue_take(&i, &painter->queue)) {
		struct gm_node *node = &painter->graph->nodes[i];
		node->flags &= ~(unsigned)GM_NODE_QUEUED;
		painter->n_fresh -= !(node->flags & GM_NODE_STALE);
		int rc = gm_interrupted();
		if (rc == 0)
			rc = spread(painter, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void wipe(struct gm_graph *graph)
{
	for (size_t i = 0; i < graph->n; i++)
		graph->nodes[i].flags &= GM_NODE_LOADED | GM_NODE_CUT;
}

/* Compare the candidate `one` with the others: whichever is an ancestor becomes redundant. */
static int find_redundant(bool *redundant, struct gm_graph *graph,
	const size_t *candidates, size_t n, size_t one)
{
	gm_cleanup(dispose_painter) struct painter painter = {
		.graph = graph, .queue = GM_WALK_QUEUE_INIT};
	int rc = 0;

	wipe(graph);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!redundant[i])
			rc = paint(&painter, candidates[i],
				i == one ? GM_NODE_ONE : GM_NODE_TWO);
	if (rc == 0)
		rc = paint_down(&painter);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		unsigned other = i == one ? GM_NODE_TWO : GM_NODE_ONE;
		if (graph->nodes[candidates[i]].flags & other)
			redundant[i] = true;
	}
	return 0;
}

/*
 * Clocks that run backwards let ancestors of a result be found before it; take them out.
 */
static int drop_redundant(struct gm_graph *graph, size_t *results, size_t *n)
{
	gm_autofree bool *redundant = gm_calloc(*n, sizeof(*redundant));
	size_t kept = 0;

	if (!redundant)
		return GM_ENOMEM;
	for (size_t i = 0; i < *n; i++) {
		int rc = redundant[i] ? 0
				      : find_redundant(redundant, graph, results, *n, i);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < *n; i++)
		if (!redundant[i])
			results[kept++] = results[i];
	*n = kept;
	return 0;
}

/* Newest first; a stable order, since few results are the rule an insertion sort will do. */
static void sort_by_date(const struct gm_graph *graph, size_t *results, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		size_t result = results[i];
		size_t at = i;
		for (; at &&
			graph->nodes[results[at - 1]].date < graph->nodes[result].date;
			at--)
			results[at] = results[at - 1];
		results[at] = result;
	}
}

static int find_common(
	struct painter *painter, size_t one, const size_t *others, size_t n_others)
{
	for (size_t i = 0; i < n_others; i++)
		if (others[i] == one)
			return add_result(painter, one);
	int rc = paint(painter, one, GM_NODE_ONE);
	for (size_t i = 0; rc == 0 && i < n_others; i++)
		rc = paint(painter, others[i], GM_NODE_TWO);
	return rc < 0 ? rc : paint_down(painter);
}

/* What was found and did not turn out to be an ancestor of another result. */
static void drop_stale(struct painter *painter)
{
	size_t kept = 0;

	for (size_t i = 0; i < painter->n_results; i++) {
		size_t result = painter->results[i];
		if (!(painter->graph->nodes[result].flags & GM_NODE_STALE))
			painter->results[kept++] = result;
	}
	painter->n_results = kept;
}

int gm_graph_merge_bases_many(size_t **out, size_t *n_out, struct gm_graph *graph,
	size_t one, const size_t *others, size_t n_others)
{
	gm_cleanup(dispose_painter) struct painter painter = {
		.graph = graph, .queue = GM_WALK_QUEUE_INIT};
	int rc = find_common(&painter, one, others, n_others);

	if (rc < 0)
		return rc;
	drop_stale(&painter);
	sort_by_date(graph, painter.results, painter.n_results);
	if (painter.n_results > 1)
		rc = drop_redundant(graph, painter.results, &painter.n_results);
	if (rc < 0)
		return rc;
	wipe(graph);
	*out = gm_steal(&painter.results);
	*n_out = painter.n_results;
	return 0;
}

int gm_graph_merge_bases(
	size_t **out, size_t *n_out, struct gm_graph *graph, size_t one, size_t two)
{
	return gm_graph_merge_bases_many(out, n_out, graph, one, &two, 1);
}

int gm_merge_bases(struct gm_oid *out, size_t max, struct gm_store *store,
	const struct gm_oid *a, const struct gm_oid *b)
{
	gm_autograph graph = GM_GRAPH_INIT(store, 0);
	gm_autofree size_t *bases = NULL;
	size_t one, two, n;
	int rc = gm_graph_add(&one, &graph, a);

	if (rc == 0)
		rc = gm_graph_add(&two, &graph, b);
	if (rc == 0)
		rc = gm_graph_merge_bases(&bases, &n, &graph, one, two);
	if (rc < 0)
		return rc;
	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		out[i] = graph.nodes[bases[i]].oid;
	return n > INT_MAX ? INT_MAX : (int)n;
}
