#include "dag/bisect_weigh.h"

#include <stdlib.h>

#include "base/interrupt.h"

/* Weights that are not known yet: of commits with one parent in the range, and with more. */
#define OF_PARENT SIZE_MAX
#define OF_MERGE (SIZE_MAX - 1)

struct scale {
	struct gm_graph *graph;
	unsigned flags;
	size_t *nodes; /* of the range, oldest first */
	size_t n;
	size_t n_all; /* those that change something */
	size_t n_known;
	size_t *weights; /* by node */
	size_t *counted; /* by node: the merge it was last counted for */
	size_t turn;
	size_t *pending; /* of count_reached() */
	size_t cap_pending;
};

static void scale_dispose(struct scale *scale)
{
	gm_free(scale->nodes);
	gm_free(scale->weights);
	gm_free(scale->counted);
	gm_free(scale->pending);
}

void gm_bisect_choices_dispose(struct gm_bisect_choices *choices)
{
	gm_free(choices->items);
	choices->items = NULL;
	choices->n = 0;
}

static bool is_hidden(const struct scale *scale, size_t node)
{
	return scale->graph->nodes[node].flags & GM_NODE_HIDDEN;
}

static bool changes_something(const struct scale *scale, size_t node)
{
	return !(scale->graph->nodes[node].flags & GM_NODE_SAME);
}

/* How many parents count. */
static size_t n_parents_of(const struct scale *scale, size_t node)
{
	size_t n = scale->graph->nodes[node].n_parents;

	return n && scale->flags & GM_WEIGH_FIRST_PARENT ? 1 : n;
}

static bool is_known(const struct scale *scale, size_t node)
{
	return scale->weights[node] < OF_MERGE;
}

static int prepare(struct scale *scale, const size_t *nodes, size_t n)
{
	scale->nodes = gm_calloc(n, sizeof(*scale->nodes));
	scale->weights = gm_calloc(scale->graph->n, sizeof(*scale->weights));
	scale->counted = gm_calloc(scale->graph->n, sizeof(*scale->counted));
	if (!scale->nodes || !scale->weights || !scale->counted)
		return GM_ENOMEM;
	for (size_t i = n; i-- > 0;) {
		if (is_hidden(scale, nodes[i]))
			continue;
		scale->nodes[scale->n++] = nodes[i];
		scale->n_all += changes_something(scale, nodes[i]);
	}
	return 0;
}

/* What can be told of each commit by itself. */
static void weigh_alone(struct scale *scale)
{
	for (size_t i = 0; i < scale->n; i++) {
		size_t node = scale->nodes[i];
		size_t n_parents = 0;
		for (size_t p = 0; p < n_parents_of(scale, node); p++)
			n_parents +=
				!is_hidden(scale, gm_graph_parent(scale->graph, node, p));
		scale->weights[node] = n_parents > 1 ? OF_MERGE
			: n_parents                  ? OF_PARENT
						     : changes_something(scale, node);
		scale->n_known += !n_parents && changes_something(scale, node);
	}
}

static int count_later(struct scale *scale, size_t node, size_t *n)
{
	if (is_hidden(scale, node) || scale->counted[node] == scale->turn)
		return 0;
	int rc = gm_grow(
		&scale->pending, &scale->cap_pending, *n + 1, sizeof(*scale->pending));
	if (rc < 0)
		return rc;
	scale->counted[node] = scale->turn;
	scale->pending[(*n)++] = node;
	return 0;
}

/* Lines that meet again must not be counted twice: go and see. */
static int count_reached(struct scale *scale, size_t merge)
{
	size_t n = 0;
	size_t reached = 0;

	scale->turn++;
	int rc = count_later(scale, merge, &n);
	while (rc == 0 && n) {
		size_t node = scale->pending[--n];
		reached += changes_something(scale, node);
		for (size_t p = 0; rc == 0 && p < n_parents_of(scale, node); p++)
			rc = count_later(
				scale, gm_graph_parent(scale->graph, node, p), &n);
	}
	scale->weights[merge] = reached;
	return rc < 0 ? rc : gm_interrupted();
}

/*
 * Good enough to look no further. Of few commits, 2 and 3 halve 5 and 3 halves 6; of many,
 * what is within a thousandth of the half does.
 */
static bool is_halfway(const struct scale *scale, size_t node)
{
	size_t twice = 2 * scale->weights[node];
	size_t off = twice > scale->n_all ? twice - scale->n_all : scale->n_all - twice;

	return changes_something(scale, node) && (off <= 1 || off < scale->n_all / 1024);
}

/* 1 when the merge in `out` is halfway. */
static int weigh_merges(size_t *out, struct scale *scale)
{
	for (size_t i = 0; i < scale->n; i++) {
		size_t node = scale->nodes[i];
		if (scale->weights[node] != OF_MERGE)
			continue;
		int rc = count_reached(scale, node);
		if (rc < 0)
			return rc;
		*out = node;
		if (!(scale->flags & GM_WEIGH_ALL) && is_halfway(scale, node))
			return 1;
		scale->n_known++;
	}
	return 0;
}

/* Weigh a commit by its parent in the range, if that is known: 1 when it was done. */
static int weigh_by_parent(struct scale *scale, size_t node)
{
	for (size_t p = 0; p < n_parents_of(scale, node); p++) {
		size_t parent = gm_graph_parent(scale->graph, node, p);
		if (is_hidden(scale, parent) || !is_known(scale, parent))
			continue;
		size_t itself = changes_something(scale, node);
		scale->weights[node] = scale->weights[parent] + itself;
		scale->n_known += itself;
		return 1;
	}
	return 0;
}

/* One reaches one commit more than its parent. With clocks askew it takes more than one pass. */
static int weigh_lines(size_t *out, struct scale *scale)
{
	for (bool progress = true; progress && scale->n_known < scale->n_all;) {
		progress = false;
		for (size_t i = 0; i < scale->n; i++) {
			size_t node = scale->nodes[i];
			if (is_known(scale, node) || !weigh_by_parent(scale, node))
				continue;
			progress = true;
			*out = node;
			if (!(scale->flags & GM_WEIGH_ALL) && is_halfway(scale, node))
				return 1;
		}
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
	return 0;
}

static struct gm_bisect_choice choice_of(const struct scale *scale, size_t node)
{
	size_t reaches = is_known(scale, node) ? scale->weights[node] : 0;
	size_t rest = scale->n_all - reaches;

	return (struct gm_bisect_choice){.oid = scale->graph->nodes[node].oid,
		.reaches = reaches,
		.distance = rest < reaches ? rest : reaches};
}

static int compare_choices(const void *a, const void *b)
{
	const struct gm_bisect_choice *one = a;
	const struct gm_bisect_choice *two = b;

	if (one->distance != two->distance)
		return one->distance < two->distance ? 1 : -1;
	return gm_oid_compare(&one->oid, &two->oid);
}

static int give_all(struct gm_bisect_choices *out, const struct scale *scale)
{
	out->items = gm_calloc(scale->n_all, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (size_t i = 0; i < scale->n; i++)
		if (changes_something(scale, scale->nodes[i]))
			out->items[out->n++] = choice_of(scale, scale->nodes[i]);
	qsort(out->items, out->n, sizeof(*out->items), compare_choices);
	return 0;
}

/* Of equals the oldest. Where nothing changes anything, any will do. */
static size_t find_best(const struct scale *scale)
{
	size_t best = scale->nodes[0];
	bool any = false;
	size_t distance = 0;

	for (size_t i = 0; i < scale->n; i++) {
		size_t node = scale->nodes[i];
		if (!changes_something(scale, node))
			continue;
		struct gm_bisect_choice choice = choice_of(scale, node);
		if (any && choice.distance <= distance)
			continue;
		best = node;
		distance = choice.distance;
		any = true;
	}
	return best;
}

static int give_one(struct gm_bisect_choices *out, const struct scale *scale, size_t node)
{
	out->items = gm_calloc(1, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	out->items[out->n++] = choice_of(scale, node);
	return 0;
}

int gm_bisect_weigh(struct gm_bisect_choices *out, struct gm_graph *graph,
	const size_t *nodes, size_t n, unsigned flags)
{
	gm_cleanup(scale_dispose) struct scale scale = {.graph = graph, .flags = flags};
	size_t node = 0;
	int rc = prepare(&scale, nodes, n);

	if (rc < 0)
		return rc;
	out->n_range = scale.n;
	out->n_all = scale.n_all;
	if (!scale.n)
		return 0;
	weigh_alone(&scale);
	rc = weigh_merges(&node, &scale);
	if (rc == 0)
		rc = weigh_lines(&node, &scale);
	if (rc < 0)
		return rc;
	if (flags & GM_WEIGH_ALL)
		return give_all(out, &scale);
	return give_one(out, &scale, rc ? node : find_best(&scale));
}
