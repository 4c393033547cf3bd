#include "cmd/log_parents.h"

#include "dag/walk_graph.h"

void gm_log_parents_dispose(struct gm_log_parents *parents)
{
	gm_map_dispose(&parents->walked);
	gm_map_dispose(&parents->passed);
	gm_free(parents->nearest.items);
}

static int add(struct gm_oids *list, const struct gm_oid *oid)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc == 0)
		list->items[list->n++] = *oid;
	return rc;
}

int gm_log_parents_add(
	struct gm_log_parents *parents, const struct gm_oid *commit, bool shown)
{
	return gm_map_put(&parents->walked, commit, shown);
}

/* How many parents of a node the walk went on to. */
static size_t count_parents(const struct gm_log_parents *parents, size_t node)
{
	size_t n = parents->graph->nodes[node].n_parents;

	return parents->first_parent && n ? 1 : n;
}

static const struct gm_oid *parent_at(
	const struct gm_log_parents *parents, size_t node, size_t i)
{
	return &parents->graph->nodes[gm_graph_parent(parents->graph, node, i)].oid;
}

/* One step down from a commit that the paths left out: to the parent it is just like. */
static struct gm_oid step_down(
	const struct gm_log_parents *parents, const struct gm_oid *from)
{
	size_t node;

	if (!gm_graph_find(&node, parents->graph, from) || !count_parents(parents, node))
		return gm_oid_zero;
	return *parent_at(parents, node, 0);
}

static int remember(struct gm_log_parents *parents, const struct gm_oids *way,
	const struct gm_oid *end)
{
	int rc = add(&parents->nearest, end);

	for (size_t i = 0; rc == 0 && i < way->n; i++)
		rc = gm_map_put(&parents->passed, &way->items[i], parents->nearest.n);
	return rc;
}

/* Follow `at` down to a commit of the walk; zero when there is none. */
static int find_nearest(struct gm_oid *out, struct gm_log_parents *parents,
	struct gm_oid at, struct gm_oids *way)
{
	uint64_t known;
	int rc = 0;

	while (rc == 0 && !gm_oid_is_zero(&at) &&
		!gm_map_get(NULL, &parents->walked, &at)) {
		if (gm_map_get(&known, &parents->passed, &at)) {
			at = parents->nearest.items[known - 1];
			break;
		}
		rc = add(way, &at);
		if (rc == 0)
			at = step_down(parents, &at);
	}
	if (rc == 0 && way->n)
		rc = remember(parents, way, &at);
	if (rc == 0)
		*out = at;
	return rc;
}

static bool contains(const struct gm_oids *list, const struct gm_oid *oid)
{
	for (size_t i = 0; i < list->n; i++)
		if (gm_oid_equal(&list->items[i], oid))
			return true;
	return false;
}

int gm_log_parents_of(struct gm_oids *out, struct gm_log_parents *parents,
	const struct gm_commit *commit)
{
	size_t node;
	int rc = 0;

	out->n = 0;
	if (!gm_graph_find(&node, parents->graph, &commit->oid))
		return 0;
	for (size_t i = 0; rc == 0 && i < count_parents(parents, node); i++) {
		struct gm_oids way = {NULL, 0, 0};
		struct gm_oid parent = *parent_at(parents, node, i);
		uint64_t shown = 0;
		rc = find_nearest(&parent, parents, parent, &way);
		gm_free(way.items);
		if (rc == 0 && gm_map_get(&shown, &parents->walked, &parent) && shown &&
			!contains(out, &parent))
			rc = add(out, &parent);
	}
	return rc;
}
