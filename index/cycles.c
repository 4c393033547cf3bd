#include "index/cycles.h"

#include "base/error.h"
#include "base/mem.h"

#define UNSEEN 0

struct search {
	const struct gm_edge *edges;
	size_t n_edges;
	size_t *next;  /* of each node: the edge to follow next */
	size_t *order; /* when it was met, from 1 */
	size_t *low;   /* the earliest met that can be reached from it */
	size_t *way;   /* the nodes from where the search began to where it is */
	size_t n_way;
	size_t *open; /* met, and their component not known yet */
	size_t n_open;
	size_t *component; /* number + 1; 0: not known yet */
	size_t n_components;
	size_t n_met;
};

static void dispose_search(struct search *search)
{
	gm_free(search->next);
	gm_free(search->order);
	gm_free(search->low);
	gm_free(search->way);
	gm_free(search->open);
	gm_free(search->component);
}

static int prepare(struct search *search, size_t n)
{
	size_t **arrays[] = {&search->next, &search->order, &search->low, &search->way,
		&search->open, &search->component};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++) {
		*arrays[i] = gm_calloc(n, sizeof(**arrays[i]));
		if (!*arrays[i])
			return GM_ENOMEM;
	}
	for (size_t i = search->n_edges; i-- > 0;)
		search->next[search->edges[i].from] = i;
	for (size_t i = 0; i < n; i++)
		if (search->n_edges && search->edges[search->next[i]].from != i)
			search->next[i] = search->n_edges; /* it has none */
	return 0;
}

static void meet(struct search *search, size_t node)
{
	search->order[node] = search->low[node] = ++search->n_met;
	search->way[search->n_way++] = node;
	search->open[search->n_open++] = node;
}

/* All that was met since the node, and is open, is on cycles with it. */
static void close_component(struct search *search, size_t node)
{
	size_t last;

	search->n_components++;
	do {
		last = search->open[--search->n_open];
		search->component[last] = search->n_components;
	} while (last != node);
}

static void lower(struct search *search, size_t node, size_t order)
{
	if (order < search->low[node])
		search->low[node] = order;
}

/* Leave the node at the end of the way: everything below it is known. */
static void leave(struct search *search)
{
	size_t node = search->way[--search->n_way];

	if (search->low[node] == search->order[node])
		close_component(search, node);
	else if (search->n_way)
		lower(search, search->way[search->n_way - 1], search->low[node]);
}

static void go(struct search *search, size_t start)
{
	meet(search, start);
	while (search->n_way) {
		size_t node = search->way[search->n_way - 1];
		size_t at = search->next[node];
		if (at >= search->n_edges || search->edges[at].from != node) {
			leave(search);
			continue;
		}
		size_t to = search->edges[at].to;
		search->next[node]++;
		if (search->order[to] == UNSEEN)
			meet(search, to);
		else if (!search->component[to])
			lower(search, node, search->order[to]);
	}
}

int gm_cycles_find(size_t *out, size_t n, const struct gm_edge *edges, size_t n_edges)
{
	gm_cleanup(dispose_search) struct search search = {
		.edges = edges, .n_edges = n_edges};
	int rc = prepare(&search, n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (search.order[i] == UNSEEN)
			go(&search, i);
	for (size_t i = 0; i < n; i++)
		out[i] = search.component[i] - 1;
	return 0;
}
