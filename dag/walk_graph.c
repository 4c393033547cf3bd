#include "dag/walk_graph.h"

#include <string.h>

/* So many commits are read before the commit graph is opened: short walks do without. */
#define SHORT_WALK 8

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
	gm_commit_graph_free(graph->file);
	gm_free(graph->placed);
	graph->file = NULL;
	graph->placed = NULL;
	graph->nodes = NULL;
	graph->parents = NULL;
	graph->n = graph->cap = graph->n_parents = graph->cap_parents = graph->kept = 0;
}

/* The node at a position of the commit graph, made but not loaded when there is none. */
static int number_placed(size_t *out, struct gm_graph *graph, uint32_t position)
{
	uint32_t known = graph->placed[position];

	if (known) {
		*out = known - 1;
		return 0;
	}
	int rc = gm_grow(&graph->nodes, &graph->cap, graph->n + 1, sizeof(*graph->nodes));
	if (rc < 0)
		return rc;
	struct gm_node *node = &graph->nodes[graph->n];
	*node = (struct gm_node){.place = position + 1};
	gm_commit_graph_oid(&node->oid, graph->file, position);
	*out = graph->n++;
	graph->placed[position] = (uint32_t)graph->n;
	return 0;
}

/* The node of `oid`, made but not loaded when there is none. */
static int number(size_t *out, struct gm_graph *graph, const struct gm_oid *oid)
{
	uint32_t position;
	uint64_t known;

	if (graph->file && gm_commit_graph_find(&position, graph->file, oid))
		return number_placed(out, graph, position);
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

/* Use the commit graph from now on, also for the nodes that there are. */
static int open_file(struct gm_graph *graph)
{
	int rc = gm_commit_graph_open(&graph->file, graph->store);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	graph->placed =
		gm_calloc(gm_commit_graph_n(graph->file) + 1, sizeof(*graph->placed));
	if (!graph->placed)
		return GM_ENOMEM;
	for (size_t i = 0; i < graph->n; i++) {
		uint32_t position;
		if (!gm_commit_graph_find(&position, graph->file, &graph->nodes[i].oid))
			continue;
		graph->nodes[i].place = position + 1;
		graph->placed[position] = (uint32_t)i + 1;
	}
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

/* Load a node from the commit graph: 0 when that does not have it. */
static int load_placed(struct gm_graph *graph, size_t i)
{
	const size_t parents = graph->n_parents;
	struct gm_commit_graph_row row;

	if (!graph->nodes[i].place ||
		!gm_commit_graph_row(&row, graph->file, graph->nodes[i].place - 1))
		return 0;
	int rc = gm_grow(&graph->parents, &graph->cap_parents,
		graph->n_parents + row.n_parents, sizeof(*graph->parents));
	for (size_t p = 0; rc == 0 && p < row.n_parents; p++)
		rc = number_placed(&graph->parents[parents + p], graph,
			gm_commit_graph_parent(&row, p));
	if (rc < 0)
		return rc;
	struct gm_node *node = &graph->nodes[i];
	node->tree = row.tree;
	node->date = row.date;
	node->parents = parents;
	node->n_parents = row.n_parents;
	node->flags |= GM_NODE_LOADED;
	graph->n_parents += row.n_parents;
	return 1;
}

static int load(struct gm_graph *graph, size_t i)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	size_t parents = graph->n_parents;
	int rc = 0;

	if (graph->nodes[i].flags & GM_NODE_LOADED)
		return 0;
	if (graph->n_read++ == SHORT_WALK && !graph->shows_each)
		rc = open_file(graph);
	if (rc == 0)
		rc = load_placed(graph, i);
	if (rc)
		return rc < 0 ? rc : 0;
	rc = gm_commit_read(&commit, graph->store, &graph->nodes[i].oid);
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
	uint32_t position;
	uint64_t node;

	if (graph->file && gm_commit_graph_find(&position, graph->file, oid)) {
		if (!graph->placed[position])
			return false;
		node = graph->placed[position] - 1;
	} else if (!gm_map_get(&node, &graph->numbers, oid->bytes)) {
		return false;
	}
	if (!(graph->nodes[node].flags & GM_NODE_LOADED))
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
	size_t parent = gm_graph_parent(graph, node, i);
	int rc = load(graph, parent);

	if (rc < 0)
		return gm_commit_parent_error(
			rc, &graph->nodes[node].oid, &graph->nodes[parent].oid);
	*out = parent;
	return 0;
}

bool gm_graph_may_change(
	const struct gm_graph *graph, size_t node, size_t parent, const char *path)
{
	const uint32_t place = graph->nodes[node].place;

	if (!place || graph->nodes[node].flags & GM_NODE_CUT ||
		parent != gm_graph_parent(graph, node, 0))
		return true;
	return gm_commit_graph_may_change(graph->file, place - 1, path);
}

void gm_graph_keep_parent(struct gm_graph *graph, size_t node, size_t i)
{
	if (i)
		graph->nodes[node].flags |= GM_NODE_CUT;
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
