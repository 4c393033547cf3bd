#include "dag/walk_simplify.h"

#include <string.h>

#include "dag/tree.h"

/* What stands at a place in a tree; mode 0: nothing. */
struct place {
	unsigned mode;
	struct gm_oid oid;
};

static bool is_folder(const struct place *place)
{
	return (place->mode & GM_MODE_TYPE) == GM_MODE_TREE;
}

static bool is_same(const struct place *a, const struct place *b)
{
	return a->mode == b->mode && (!a->mode || gm_oid_equal(&a->oid, &b->oid));
}

/* Go from a folder to what `name` is in it. */
static int step(struct place *place, struct gm_store *store, const char *name)
{
	struct place next = {.mode = 0};
	int rc = GM_ENOTFOUND;

	if (is_folder(place))
		rc = gm_tree_lookup(&next.oid, &next.mode, store, &place->oid, name);
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == GM_ENOTFOUND)
		next.mode = 0;
	*place = next;
	return 0;
}

/* Both sides go down together and stop at the first folder they share. */
static int is_path_same(struct gm_store *store, const struct gm_oid *a,
	const struct gm_oid *b, const char *path)
{
	struct place at_a = {.mode = GM_MODE_TREE, .oid = *a};
	struct place at_b = {.mode = GM_MODE_TREE, .oid = *b};

	while (*path && !is_same(&at_a, &at_b)) {
		size_t size = strcspn(path, "/");
		gm_autofree char *name = gm_strndup(path, size);
		int rc = name ? step(&at_a, store, name) : GM_ENOMEM;

		if (rc == 0)
			rc = step(&at_b, store, name);
		if (rc < 0)
			return rc;
		path += size + (path[size] == '/');
	}
	return is_same(&at_a, &at_b);
}

int gm_paths_are_same(struct gm_store *store, const struct gm_oid *a,
	const struct gm_oid *b, const struct gm_strv *paths)
{
	int rc = 1;

	for (size_t i = 0; rc == 1 && i < paths->n; i++)
		rc = is_path_same(store, a, b, paths->items[i]);
	return rc;
}

int gm_graph_paths_are_same(
	struct gm_graph *graph, size_t node, size_t parent, const struct gm_strv *paths)
{
	int rc = 1;

	for (size_t i = 0; rc == 1 && i < paths->n; i++)
		if (gm_graph_may_change(graph, node, parent, paths->items[i]))
			rc = is_path_same(graph->store, &graph->nodes[parent].tree,
				&graph->nodes[node].tree, paths->items[i]);
	return rc;
}

/* Hidden commits are no reason to show or leave a branch, unless they bound the range. */
static bool is_relevant(const struct gm_node *node)
{
	return (node->flags & (GM_NODE_HIDDEN | GM_NODE_BOTTOM)) != GM_NODE_HIDDEN;
}

bool gm_walk_limit_is_set(const struct gm_walk_limit *limit)
{
	return limit->paths.n || limit->follows.n;
}

static int compare_parent(
	struct gm_graph *graph, size_t node, size_t parent, struct gm_walk_limit *limit)
{
	int same = gm_graph_paths_are_same(graph, node, parent, &limit->paths);
	int rc = same < 0 || !limit->follows.n
		? same
		: gm_follows_compare(&limit->follows, graph, node, parent);
	char hex[GM_OID_HEX];

	if (rc >= 0)
		return same && rc;
	gm_oid_format(hex, &graph->nodes[node].oid);
	return gm_error_prefix("cannot compare commit '%s' with its parent", hex);
}

/* Without parents it is compared with nothing. */
static int simplify_root(struct gm_graph *graph, size_t node, struct gm_walk_limit *limit)
{
	int rc = gm_paths_are_same(graph->store, &gm_oid_empty_tree,
		&graph->nodes[node].tree, &limit->paths);

	if (rc == 1)
		rc = gm_follows_are_absent(&limit->follows, graph, node);
	if (rc == 1)
		graph->nodes[node].flags |= GM_NODE_SAME;
	return rc < 0 ? rc : 0;
}

int gm_graph_simplify(struct gm_graph *graph, size_t node, struct gm_walk_limit *limit)
{
	bool any_relevant = false;
	bool relevant_change = false;
	bool other_change = false;
	size_t n = graph->nodes[node].n_parents;

	if (!n)
		return simplify_root(graph, node, limit);
	if (limit->first_parent && n > 1) {
		/* Git's own: it is not compared with the second one, but that one counts. */
		any_relevant =
			is_relevant(&graph->nodes[gm_graph_parent(graph, node, 1)]);
		n = 1;
	}
	for (size_t i = 0; i < n; i++) {
		size_t parent;
		int rc = gm_graph_load_parent(&parent, graph, node, i);
		if (rc == 0)
			rc = compare_parent(graph, node, parent, limit);
		if (rc < 0)
			return rc;
		bool relevant = is_relevant(&graph->nodes[parent]);
		if (rc == 1 && relevant) {
			gm_graph_keep_parent(graph, node, i);
			graph->nodes[node].flags |= GM_NODE_SAME;
			return 0;
		}
		any_relevant = any_relevant || relevant;
		relevant_change = relevant_change || (rc == 0 && relevant);
		other_change = other_change || (rc == 0 && !relevant);
	}
	if (any_relevant ? !relevant_change : !other_change)
		graph->nodes[node].flags |= GM_NODE_SAME;
	return 0;
}
