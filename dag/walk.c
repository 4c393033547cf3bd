#include "dag/walk.h"

#include <string.h>

#include "base/interrupt.h"
#include "dag/merge_base.h"
#include "dag/walk_queue.h"
#include "dag/walk_simplify.h"
#include "dag/walk_sort.h"

/* Commits that wait to be shown are kept up to this size, in bytes; others are read again. */
#define KEEP_MAX ((size_t)4 << 20)

/*
 * With clocks that run backwards a hidden commit may come to light late. So a range is walked
 * this many commits further than the dates say, as git does.
 */
#define SLOP 5

#define NO_NODE SIZE_MAX

struct node_list {
	size_t *items;
	size_t n;
	size_t cap;
};

struct gm_walk {
	struct gm_graph graph;
	struct gm_walk_queue queue;
	size_t n_open; /* of the queue: not hidden */
	enum gm_walk_order order;
	int64_t oldest; /* in seconds; older ones are hidden */
	int64_t newest; /* newer ones are passed over */
	bool limited;   /* the whole of it is found out before the first is shown */
	bool begun;
	struct gm_walk_limit limit;
	struct node_list starts;
	struct node_list found;   /* when limited: what is to be shown, in order */
	size_t n_shown;           /* of `found` */
	size_t last;              /* shown, and its parents not queued yet; or NO_NODE */
	struct node_list pending; /* of hide_ancestors() */
};

static int list_add(struct node_list *list, size_t node)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = node;
	return rc;
}

int gm_walk_new(struct gm_walk **out, struct gm_store *store, enum gm_walk_order order)
{
	struct gm_walk *walk = gm_calloc(1, sizeof(*walk));

	if (!walk)
		return GM_ENOMEM;
	walk->graph = (struct gm_graph)GM_GRAPH_INIT(store, KEEP_MAX);
	walk->order = order;
	walk->limited = order != GM_WALK_BY_DATE;
	walk->oldest = INT64_MIN;
	walk->newest = INT64_MAX;
	walk->last = NO_NODE;
	*out = walk;
	return 0;
}

void gm_walk_free(struct gm_walk *walk)
{
	if (!walk)
		return;
	gm_graph_dispose(&walk->graph);
	gm_walk_queue_dispose(&walk->queue);
	gm_strv_dispose(&walk->limit.paths);
	gm_follows_dispose(&walk->limit.follows);
	gm_free(walk->starts.items);
	gm_free(walk->found.items);
	gm_free(walk->pending.items);
	gm_free(walk);
}

static int start(struct gm_walk *walk, size_t node, unsigned flags)
{
	walk->limited = walk->limited || flags & GM_NODE_HIDDEN;
	walk->graph.nodes[node].flags |= flags;
	return list_add(&walk->starts, node);
}

static int start_at(struct gm_walk *walk, const struct gm_oid *commit, unsigned flags)
{
	size_t node;
	int rc = gm_graph_add(&node, &walk->graph, commit);

	return rc < 0 ? rc : start(walk, node, flags);
}

int gm_walk_push(struct gm_walk *walk, const struct gm_oid *commit)
{
	return start_at(walk, commit, 0);
}

int gm_walk_hide(struct gm_walk *walk, const struct gm_oid *commit)
{
	return start_at(walk, commit, GM_NODE_HIDDEN | GM_NODE_BOTTOM);
}

int gm_walk_limit_paths(struct gm_walk *walk, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = gm_strv_add(&walk->limit.paths, paths[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_walk_follow(struct gm_walk *walk, const char *id, const char *path)
{
	return gm_follows_add(&walk->limit.follows, id, path);
}

bool gm_walk_is_followed(const struct gm_walk *walk, const char *id)
{
	for (size_t i = 0; *id && i < walk->limit.follows.n; i++)
		if (!strcmp(walk->limit.follows.items[i].id, id))
			return true;
	return false;
}

void gm_walk_first_parent(struct gm_walk *walk)
{
	walk->limit.first_parent = true;
}

void gm_walk_limit_times(struct gm_walk *walk, gm_time since, gm_time until)
{
	if (since != GM_TIME_NONE)
		walk->oldest = since / GM_TIME_SECOND + (since % GM_TIME_SECOND > 0);
	if (until != GM_TIME_NONE)
		walk->newest = until / GM_TIME_SECOND - (until % GM_TIME_SECOND < 0);
}

/* Queue a loaded node, once in its life. */
static int enqueue(struct gm_walk *walk, size_t i)
{
	struct gm_node *node = &walk->graph.nodes[i];

	if (node->flags & GM_NODE_SEEN)
		return 0;
	int rc = gm_walk_queue_put(&walk->queue, i, node->date);
	if (rc < 0)
		return rc;
	node->flags |= GM_NODE_SEEN | GM_NODE_QUEUED;
	walk->n_open += !(node->flags & GM_NODE_HIDDEN);
	return 0;
}

static bool dequeue(size_t *out, struct gm_walk *walk)
{
	if (!gm_walk_queue_take(out, &walk->queue))
		return false;
	struct gm_node *node = &walk->graph.nodes[*out];
	node->flags &= ~(unsigned)GM_NODE_QUEUED;
	walk->n_open -= !(node->flags & GM_NODE_HIDDEN);
	return true;
}

static void hide(struct gm_walk *walk, struct gm_node *node)
{
	if ((node->flags & (GM_NODE_QUEUED | GM_NODE_HIDDEN)) == GM_NODE_QUEUED)
		walk->n_open--;
	node->flags |= GM_NODE_HIDDEN;
}

static int add_pending_parents(struct gm_walk *walk, size_t node)
{
	for (size_t i = 0; i < walk->graph.nodes[node].n_parents; i++) {
		int rc = list_add(&walk->pending, gm_graph_parent(&walk->graph, node, i));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Hide the ancestors of a node as far as they are loaded and not hidden yet. */
static int hide_ancestors(struct gm_walk *walk, size_t node)
{
	int rc = add_pending_parents(walk, node);

	while (rc == 0 && walk->pending.n) {
		size_t ancestor = walk->pending.items[--walk->pending.n];
		if (walk->graph.nodes[ancestor].flags & GM_NODE_HIDDEN)
			continue;
		hide(walk, &walk->graph.nodes[ancestor]);
		rc = add_pending_parents(walk, ancestor);
	}
	return rc;
}

static int queue_hidden_parents(struct gm_walk *walk, size_t node)
{
	for (size_t i = 0; i < walk->graph.nodes[node].n_parents; i++) {
		size_t parent = gm_graph_parent(&walk->graph, node, i);
		hide(walk, &walk->graph.nodes[parent]);
		int rc = gm_graph_load_parent(&parent, &walk->graph, node, i);
		if (rc == 0)
			rc = hide_ancestors(walk, parent);
		if (rc == 0)
			rc = enqueue(walk, parent);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int queue_parents(struct gm_walk *walk, size_t node)
{
	struct gm_graph *graph = &walk->graph;
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	if (graph->nodes[node].flags & GM_NODE_HIDDEN)
		return queue_hidden_parents(walk, node);
	if (gm_walk_limit_is_set(&walk->limit))
		rc = gm_graph_simplify(graph, node, &walk->limit);
	size_t n = graph->nodes[node].n_parents;
	if (walk->limit.first_parent && n)
		n = 1;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		size_t parent;
		rc = gm_graph_load_parent(&parent, graph, node, i);
		if (rc < 0)
			return rc;
		graph->nodes[parent].flags |= graph->nodes[node].flags & GM_NODE_LEFT;
		rc = enqueue(walk, parent);
	}
	return rc;
}

/* How much further to look, after a hidden node: 0 when all that is left is hidden. */
static int slop_left(const struct gm_walk *walk, int64_t last_date, int slop)
{
	if (!walk->queue.n)
		return 0;
	if (walk->n_open || last_date <= walk->queue.items[0].date)
		return SLOP;
	return slop - 1;
}

/* Find out all that is to be shown. Some of it may be hidden later on. */
static int limit(struct gm_walk *walk)
{
	int64_t last_date = INT64_MAX;
	int slop = SLOP;
	size_t node;

	while (slop && dequeue(&node, walk)) {
		if (walk->graph.nodes[node].date < walk->oldest)
			walk->graph.nodes[node].flags |= GM_NODE_HIDDEN;
		int rc = queue_parents(walk, node);
		if (rc < 0)
			return rc;
		if (walk->graph.nodes[node].flags & GM_NODE_HIDDEN) {
			rc = hide_ancestors(walk, node);
			slop = slop_left(walk, last_date, slop);
		} else if (walk->graph.nodes[node].date <= walk->newest) {
			rc = list_add(&walk->found, node);
			last_date = walk->graph.nodes[node].date;
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int begin(struct gm_walk *walk)
{
	walk->begun = true;
	walk->graph.shows_each = !walk->limited && !gm_walk_limit_is_set(&walk->limit);
	for (size_t i = 0; i < walk->starts.n; i++) {
		size_t node = walk->starts.items[i];
		int rc = 0;
		if (walk->graph.nodes[node].flags & GM_NODE_HIDDEN)
			rc = hide_ancestors(walk, node);
		if (rc == 0)
			rc = enqueue(walk, node);
		if (rc < 0)
			return rc;
	}
	int rc = walk->limited ? limit(walk) : 0;
	if (rc < 0 || walk->order == GM_WALK_BY_DATE)
		return rc;
	return gm_graph_sort(&walk->graph, walk->found.items, walk->found.n,
		walk->order == GM_WALK_TOPOLOGICAL_BY_DATE);
}

/* The next node of a walk without a limit: parents are queued as late as can be. */
static int next_open(size_t *out, struct gm_walk *walk)
{
	if (walk->last != NO_NODE) {
		int rc = queue_parents(walk, walk->last);
		if (rc < 0)
			return rc;
		walk->last = NO_NODE;
	}
	do {
		if (!dequeue(out, walk))
			return 0;
	} while (walk->graph.nodes[*out].date < walk->oldest);
	if (!gm_walk_limit_is_set(&walk->limit)) {
		walk->last = *out;
		return 1;
	}
	int rc = queue_parents(walk, *out);
	return rc < 0 ? rc : 1;
}

static int next_node(size_t *out, struct gm_walk *walk)
{
	int rc = walk->begun ? 0 : begin(walk);

	if (rc < 0)
		return rc;
	do {
		if (!walk->limited) {
			rc = next_open(out, walk);
		} else {
			rc = walk->n_shown < walk->found.n;
			if (rc)
				*out = walk->found.items[walk->n_shown++];
		}
	} while (rc > 0 &&
		(walk->graph.nodes[*out].flags & (GM_NODE_HIDDEN | GM_NODE_SAME) ||
			walk->graph.nodes[*out].date > walk->newest));
	return rc;
}

int gm_walk_next(struct gm_commit *out, struct gm_walk *walk)
{
	size_t node;
	int rc = next_node(&node, walk);

	if (rc <= 0)
		return rc;
	rc = gm_graph_take_commit(out, &walk->graph, node);
	return rc < 0 ? rc : 1;
}

int gm_walk_nodes(struct gm_graph **graph_out, const size_t **nodes_out, size_t *n_out,
	struct gm_walk *walk)
{
	walk->limited = true;
	int rc = begin(walk);

	if (rc < 0)
		return rc;
	*graph_out = &walk->graph;
	*nodes_out = walk->found.items;
	*n_out = walk->found.n;
	return 0;
}

const struct gm_graph *gm_walk_graph(const struct gm_walk *walk)
{
	return &walk->graph;
}

/* Both sides without what they share; the left one is marked. */
static int start_symmetric(
	struct gm_walk *walk, const struct gm_oid *a, const struct gm_oid *b)
{
	gm_autofree size_t *bases = NULL;
	size_t left, right, n;
	int rc = gm_graph_add(&left, &walk->graph, a);

	if (rc == 0)
		rc = gm_graph_add(&right, &walk->graph, b);
	if (rc == 0)
		rc = gm_graph_merge_bases(&bases, &n, &walk->graph, left, right);
	if (rc < 0)
		return rc;
	walk->limited = true;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = start(walk, bases[i], GM_NODE_HIDDEN | GM_NODE_BOTTOM);
	if (rc == 0)
		rc = start(walk, left, GM_NODE_LEFT);
	return rc < 0 ? rc : start(walk, right, 0);
}

int gm_ahead_behind(size_t *ahead_out, size_t *behind_out, struct gm_store *store,
	const struct gm_oid *a, const struct gm_oid *b)
{
	gm_cleanup(gm_walk_free_p) struct gm_walk *walk = NULL;
	size_t ahead = 0;
	size_t behind = 0;
	size_t node;
	int rc = gm_walk_new(&walk, store, GM_WALK_BY_DATE);

	if (rc < 0)
		return rc;
	walk->graph.keep_max = 0;
	rc = start_symmetric(walk, a, b);
	while (rc == 0 && (rc = next_node(&node, walk)) > 0) {
		if (walk->graph.nodes[node].flags & GM_NODE_LEFT)
			ahead++;
		else
			behind++;
		rc = 0;
	}
	if (rc < 0)
		return rc;
	*ahead_out = ahead;
	*behind_out = behind;
	return 0;
}
