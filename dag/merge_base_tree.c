#include "dag/merge_base.h"
#include "dag/tree_merge.h"

/*
 * How many merges a base may be made of. Criss-cross histories of people need a few; hostile
 * ones could ask for more than anybody would wait for.
 */
#define MAX_MERGES 64

struct finder {
	struct gm_graph graph;
	struct gm_batch *batch;
	unsigned merges; /* how many more are allowed */
};

static void finder_dispose(struct finder *finder)
{
	gm_graph_dispose(&finder->graph);
}

static bool is_older(const struct gm_node *a, const struct gm_node *b)
{
	return a->date != b->date ? a->date < b->date
				  : gm_oid_compare(&a->oid, &b->oid) < 0;
}

/* Oldest first, by nothing but the commits themselves. */
static void sort(const struct gm_graph *graph, size_t *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		size_t moving = list[i];
		size_t at = i;
		for (; at && is_older(&graph->nodes[moving], &graph->nodes[list[at - 1]]);
			at--)
			list[at] = list[at - 1];
		list[at] = moving;
	}
}

static int find_base(struct gm_oid *out, struct finder *finder, size_t one,
	const size_t *others, size_t n_others);

/* The first base merged with the second, what that gives with the third, and so on. */
static int merge_bases(
	struct gm_oid *out, struct finder *finder, const size_t *bases, size_t n)
{
	static const struct gm_tree_merge_options options = {
		.strategy = GM_STRATEGY_AUTO, .only_both = true};
	struct gm_oid tree = finder->graph.nodes[bases[0]].tree;

	for (size_t i = 1; i < n; i++) {
		gm_autotreemerge merge = GM_TREE_MERGE_INIT;
		struct gm_oid base = gm_oid_zero;
		if (!finder->merges) {
			tree = finder->graph.nodes[bases[n - 1]].tree;
			break;
		}
		finder->merges--;
		int rc = find_base(&base, finder, bases[i], bases, i);
		if (rc == 0 || rc == GM_ENOTFOUND)
			rc = gm_trees_merge(&merge, finder->batch, &base, &tree,
				&finder->graph.nodes[bases[i]].tree, &options);
		if (rc < 0)
			return rc;
		tree = merge.tree;
	}
	*out = tree;
	return 0;
}

static int find_base(struct gm_oid *out, struct finder *finder, size_t one,
	const size_t *others, size_t n_others)
{
	gm_autofree size_t *bases = NULL;
	size_t n;
	int rc = gm_graph_merge_bases_many(
		&bases, &n, &finder->graph, one, others, n_others);

	if (rc < 0)
		return rc;
	if (!n)
		return gm_error(GM_ENOTFOUND, "the histories have nothing in common");
	sort(&finder->graph, bases, n);
	return merge_bases(out, finder, bases, n);
}

int gm_merge_base_tree(struct gm_oid *out, struct gm_batch *batch, struct gm_store *store,
	const struct gm_oid *ours_commit, const struct gm_oid *theirs_commit)
{
	gm_cleanup(finder_dispose) struct finder finder = {
		.graph = GM_GRAPH_INIT(store, 0), .batch = batch, .merges = MAX_MERGES};
	size_t ours, theirs;
	int rc = gm_graph_add(&ours, &finder.graph, ours_commit);

	if (rc == 0)
		rc = gm_graph_add(&theirs, &finder.graph, theirs_commit);
	return rc < 0 ? rc : find_base(out, &finder, ours, &theirs, 1);
}
