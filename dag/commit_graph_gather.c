#include "dag/commit_graph_gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "dag/commit.h"
#include "dag/commit_graph_paths.h"

/* While the levels of its parents are found out. */
#define LEVEL_PENDING UINT32_MAX

void gm_gather_dispose(struct gm_gather *gather)
{
	gm_free(gather->items);
	gm_free(gather->parents);
	gm_free(gather->order);
	gm_map_dispose(&gather->numbers);
	gm_buf_dispose(&gather->blooms);
}

/* What stands for a commit among parents; it becomes an item when it is new. */
static int refer(uint32_t *out, struct gm_gather *gather, const struct gm_oid *oid)
{
	uint64_t known;

	if (gather->old && gm_commit_graph_find(out, gather->old, oid) &&
		*out < gather->below)
		return 0;
	if (gm_map_get(&known, &gather->numbers, oid->bytes)) {
		*out = gather->below + (uint32_t)known;
		return 0;
	}
	if (gather->n == gather->max || gather->n >= GM_GRAPH_MAX - gather->below)
		return gm_error(GM_ETOOBIG, "too many commits for a commit graph");
	int rc = gm_grow(
		&gather->items, &gather->cap, gather->n + 1, sizeof(*gather->items));
	if (rc == 0)
		rc = gm_map_put(&gather->numbers, oid->bytes, gather->n);
	if (rc < 0)
		return rc;
	*out = gather->below + (uint32_t)gather->n;
	gather->items[gather->n++] = (struct gm_gathered){.oid = *oid};
	return 0;
}

/* Take an item from the old graph: 0 when that does not have it, else 1. */
static int take_row(struct gm_gather *gather, size_t i)
{
	const size_t first = gather->n_parents;
	struct gm_commit_graph_row row;
	struct gm_oid parent;
	uint32_t position;

	if (!gather->old || !gather->uses_rows ||
		!gm_commit_graph_find(&position, gather->old, &gather->items[i].oid) ||
		!gm_commit_graph_row(&row, gather->old, position))
		return 0;
	int rc = gm_grow(&gather->parents, &gather->cap_parents, first + row.n_parents,
		sizeof(*gather->parents));
	for (size_t p = 0; rc == 0 && p < row.n_parents; p++) {
		gm_commit_graph_oid(
			&parent, gather->old, gm_commit_graph_parent(&row, p));
		rc = refer(&gather->parents[first + p], gather, &parent);
	}
	if (rc < 0)
		return rc;
	gather->n_parents += row.n_parents;
	struct gm_gathered *item = &gather->items[i];
	item->parents = first;
	item->n_parents = (uint32_t)row.n_parents;
	item->tree = row.tree;
	item->date = row.date;
	return 1;
}

static int read_item(struct gm_gather *gather, size_t i)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	const size_t first = gather->n_parents;
	int rc = gm_commit_read(&commit, gather->store, &gather->items[i].oid);

	if (rc == 0)
		rc = gm_grow(&gather->parents, &gather->cap_parents,
			first + commit.n_parents, sizeof(*gather->parents));
	for (size_t p = 0; rc == 0 && p < commit.n_parents; p++)
		rc = refer(&gather->parents[first + p], gather, &commit.parents[p]);
	if (rc < 0)
		return rc;
	gather->n_parents += commit.n_parents;
	struct gm_gathered *item = &gather->items[i];
	item->parents = first;
	item->n_parents = (uint32_t)commit.n_parents;
	item->tree = commit.tree;
	item->date =
		commit.committer.time < 0 ? 0 : commit.committer.time / GM_TIME_SECOND;
	if (item->date > GM_GRAPH_MAX_DATE)
		return gm_error(GM_EINVALID, "a date too late for a commit graph");
	return 0;
}

int gm_gather_add(struct gm_gather *gather, const struct gm_oid *commit)
{
	size_t next = gather->n;
	uint32_t place;
	int rc = refer(&place, gather, commit);

	for (; rc == 0 && next < gather->n; next++) {
		rc = take_row(gather, next);
		if (rc == 0)
			rc = read_item(gather, next);
		rc = rc < 0 ? rc : gm_interrupted();
	}
	return rc;
}

/* The level of a parent; 0 and its number in `pending` when that is not known yet. */
static int parent_level(
	uint32_t *out, uint32_t *pending, const struct gm_gather *gather, uint32_t parent)
{
	struct gm_commit_graph_row row;

	if (parent >= gather->below) {
		*pending = parent - gather->below;
		*out = gather->items[*pending].level;
		return *out == LEVEL_PENDING
			? gm_error(GM_EMISMATCH, "a commit graph that goes in a circle")
			: 0;
	}
	if (!gm_commit_graph_row(&row, gather->old, parent) || !row.level)
		return gm_error(GM_EMISMATCH, "a damaged commit graph");
	*out = row.level;
	return 0;
}

/* Set the level of an item; or put a parent on the stack whose own is to be known before. */
static int find_level(struct gm_gather *gather, uint32_t *stack, size_t *n)
{
	struct gm_gathered *item = &gather->items[stack[*n - 1]];
	uint32_t level = 0;

	item->level = 0;
	for (uint32_t p = 0; p < item->n_parents; p++) {
		uint32_t above = 0, pending = 0;
		int rc = parent_level(
			&above, &pending, gather, gather->parents[item->parents + p]);
		if (rc < 0)
			return rc;
		if (!above) {
			item->level = LEVEL_PENDING;
			stack[(*n)++] = pending;
			return 0;
		}
		level = above > level ? above : level;
	}
	item->level = level < GM_GRAPH_MAX_LEVEL ? level + 1 : level;
	(*n)--;
	return 0;
}

static int find_levels(struct gm_gather *gather)
{
	/* Nothing is on it twice: that would be a circle. */
	gm_autofree uint32_t *stack = gm_calloc(gather->n + 1, sizeof(*stack));
	int rc = stack ? 0 : GM_ENOMEM;

	for (size_t i = 0; rc == 0 && i < gather->n; i++) {
		size_t n = 0;
		if (!gather->items[i].level)
			stack[n++] = (uint32_t)i;
		while (rc == 0 && n)
			rc = find_level(gather, stack, &n);
	}
	return rc;
}

static int compare_items(const void *a, const void *b, void *payload)
{
	const struct gm_gather *gather = payload;

	return gm_oid_compare(&gather->items[*(const uint32_t *)a].oid,
		&gather->items[*(const uint32_t *)b].oid);
}

static int sort_items(struct gm_gather *gather)
{
	gather->order = gm_calloc(gather->n + 1, sizeof(*gather->order));
	if (!gather->order)
		return GM_ENOMEM;
	for (size_t i = 0; i < gather->n; i++)
		gather->order[i] = (uint32_t)i;
	if (gather->n)
		qsort_r(gather->order, gather->n, sizeof(*gather->order), compare_items,
			gather);
	for (size_t i = 0; i < gather->n; i++)
		gather->items[gather->order[i]].position = gather->below + (uint32_t)i;
	return 0;
}

/* The tree of the first parent; NULL: there is none. */
static int first_tree(struct gm_oid *out, bool *has_parent,
	const struct gm_gather *gather, const struct gm_gathered *item)
{
	struct gm_commit_graph_row row;
	uint32_t parent;

	*has_parent = item->n_parents > 0;
	if (!*has_parent)
		return 0;
	parent = gather->parents[item->parents];
	if (parent >= gather->below) {
		*out = gather->items[parent - gather->below].tree;
		return 0;
	}
	if (!gm_commit_graph_row(&row, gather->old, parent))
		return gm_error(GM_EMISMATCH, "a damaged commit graph");
	*out = row.tree;
	return 0;
}

/* The filter that the old graph has for the same commit. */
static bool old_filter(struct gm_graph_chunk *out, const struct gm_gather *gather,
	const struct gm_gathered *item)
{
	uint32_t position;

	if (!gather->old || !gm_commit_graph_find(&position, gather->old, &item->oid))
		return false;
	const struct gm_graph_layer *layer = gm_commit_graph_layer(gather->old, position);
	return gm_graph_layer_bloom(out, layer, position - layer->below) && out->size;
}

static int find_filter(struct gm_gather *gather, struct gm_gathered *item)
{
	struct gm_graph_chunk old;
	struct gm_oid parent;
	bool has_parent;
	int rc;

	item->bloom = gather->blooms.size;
	if (old_filter(&old, gather, item)) {
		rc = gm_buf_put(&gather->blooms, old.ptr, old.size);
	} else {
		rc = first_tree(&parent, &has_parent, gather, item);
		if (rc == 0)
			rc = gm_graph_paths_filter(&gather->blooms, gather->store,
				has_parent ? &parent : NULL, &item->tree);
	}
	item->bloom_size = (uint32_t)(gather->blooms.size - item->bloom);
	return rc < 0 ? rc : gm_interrupted();
}

int gm_gather_finish(struct gm_gather *gather)
{
	int rc = find_levels(gather);

	for (size_t i = 0; rc == 0 && i < gather->n; i++)
		rc = find_filter(gather, &gather->items[i]);
	return rc < 0 ? rc : sort_items(gather);
}
