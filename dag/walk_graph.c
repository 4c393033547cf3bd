#include "dag/walk_graph.h"

#include <string.h>

static void free_commit(struct gm_commit *commit)
{
	if (!commit)
		return;
	gm_commit_dispose(commit);
	gm_free(commit);
}

void gm_graph_dispose(struct gm_graph *graph)
{
	for (size_t i = 0; i < graph->n; i++)
		free_commit(graph->nodes[i].commit);
	gm_free(graph->nodes);
	gm_free(graph->parents);
	gm_map_dispose(&graph->numbers);
	graph->nodes = NULL;
	graph->parents = NULL;
	graph->n = graph->cap = graph->n_parents = graph->cap_parents = graph->kept = 0;
}

/* The node of `oid`, made but not loaded when there is none. */
static int number(size_t *out, struct gm_graph *graph, const struct gm_oid *oid)
{
	uint64_t known;

	if (gm_map_get(&known, &graph->numbers, oid->bytes)) {
		*out = (size_t)known;
		return 0;
	}
	int rc = gm_grow(&graph->nodes, &graph->cap, graph->n + 1, sizeof(*graph->nodes));
	if (rc < 0)
		return rc;
	rc = gm_map_put(&graph->numbers, oid->bytes, graph->n);
	if (rc < 0)
		return rc;
	graph->nodes[graph->n] = (struct gm_node){.oid = *oid};
	*out = graph->n++;
	return 0;
}

static size_t commit_size(const struct gm_commit *commit)
{
	return sizeof(*commit) + commit->n_parents * sizeof(*commit->parents) +
		(commit->message ? strlen(commit->message) : 0);
}

/* Keep a commit for gm_graph_take_commit(), if there is room for it. */
static int keep_commit(
	struct gm_graph *graph, struct gm_node *node, struct gm_commit *commit)
{
	size_t size = commit_size(commit);

	if (size > graph->keep_max || graph->kept > graph->keep_max - size)
		return 0;
	struct gm_commit *kept = gm_malloc(sizeof(*kept));
	if (!kept)
		return GM_ENOMEM;
	*kept = *commit;
	*commit = (struct gm_commit)GM_COMMIT_INIT;
	node->commit = kept;
	graph->kept += size;
	return 0;
}

static int load(struct gm_graph *graph, size_t i)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	size_t parents = graph->n_parents;

	if (graph->nodes[i].flags & GM_NODE_LOADED)
		return 0;
	int rc = gm_commit_read(&commit, graph->store, &graph->nodes[i].oid);
	if (rc < 0)
		return rc;
	rc = gm_grow(&graph->parents, &graph->cap_parents,
		graph->n_parents + commit.n_parents, sizeof(*graph->parents));
	for (size_t p = 0; rc == 0 && p < commit.n_parents; p++)
		rc = number(&graph->parents[parents + p], graph, &commit.parents[p]);
	if (rc < 0)
		return rc;
	struct gm_node *node = &graph->nodes[i];
	node->tree = commit.tree;
	node->date =
		commit.committer.time < 0 ? 0 : commit.committer.time / GM_TIME_SECOND;
	node->parents = parents;
	node->n_parents = commit.n_parents;
	node->flags |= GM_NODE_LOADED;
	graph->n_parents += commit.n_parents;
	return keep_commit(graph, node, &commit);
}

int gm_graph_add(size_t *out, struct gm_graph *graph, const struct gm_oid *oid)
{
	size_t node;
	int rc = number(&node, graph, oid);

	if (rc == 0)
		rc = load(graph, node);
	if (rc < 0)
		return rc;
	*out = node;
	return 0;
}

bool gm_graph_find(size_t *out, const struct gm_graph *graph, const struct gm_oid *oid)
{
	uint64_t node;

	if (!gm_map_get(&node, &graph->numbers, oid->bytes) ||
		!(graph->nodes[node].flags & GM_NODE_LOADED))
		return false;
	*out = (size_t)node;
	return true;
}

size_t gm_graph_parent(const struct gm_graph *graph, size_t node, size_t i)
{
	return graph->parents[graph->nodes[node].parents + i];
}

int gm_graph_load_parent(size_t *out, struct gm_graph *graph, size_t node, size_t i)
{
	char child_hex[GM_OID_HEX];
	char parent_hex[GM_OID_HEX];
	size_t parent = gm_graph_parent(graph, node, i);
	int rc = load(graph, parent);

	if (rc < 0) {
		gm_oid_format(child_hex, &graph->nodes[node].oid);
		gm_oid_format(parent_hex, &graph->nodes[parent].oid);
		return gm_error_prefix(
			"cannot read parent '%s' of commit '%s'", parent_hex, child_hex);
	}
	*out = parent;
	return 0;
}

void gm_graph_keep_parent(struct gm_graph *graph, size_t node, size_t i)
{
	graph->nodes[node].parents += i;
	graph->nodes[node].n_parents = 1;
}

int gm_graph_take_commit(struct gm_commit *out, struct gm_graph *graph, size_t node)
{
	struct gm_commit *kept = gm_steal(&graph->nodes[node].commit);

	if (!kept)
		return gm_commit_read(out, graph->store, &graph->nodes[node].oid);
	graph->kept -= commit_size(kept);
	gm_commit_dispose(out);
	*out = *kept;
	gm_free(kept);
	return 0;
}
