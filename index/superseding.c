#include "index/superseding.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "index/cycles.h"

/* A memory that supersedes another one or is superseded. */
struct node {
	uint8_t id[GM_UUID_SIZE];
	gm_time created; /* of those that supersede; the others are on no circle */
};

struct gm_superseding {
	struct gm_map numbers; /* id -> node */
	struct node *nodes;
	size_t n_nodes;
	size_t cap_nodes;
	struct gm_edge *
		edges; /* from one that supersedes; in the end those that count, by `to` */
	size_t n_edges;
	size_t cap_edges;
};

void gm_superseding_free(struct gm_superseding *superseding)
{
	if (!superseding)
		return;
	gm_map_dispose(&superseding->numbers);
	gm_free(superseding->nodes);
	gm_free(superseding->edges);
	gm_free(superseding);
}

static int number(size_t *out, struct gm_superseding *superseding, const void *id)
{
	uint64_t known;

	if (gm_map_get(&known, &superseding->numbers, id)) {
		*out = (size_t)known;
		return 0;
	}
	int rc = gm_grow(&superseding->nodes, &superseding->cap_nodes,
		superseding->n_nodes + 1, sizeof(*superseding->nodes));
	if (rc == 0)
		rc = gm_map_put(&superseding->numbers, id, superseding->n_nodes);
	if (rc < 0)
		return rc;
	struct node *node = &superseding->nodes[superseding->n_nodes];
	*node = (struct node){.created = GM_TIME_NONE};
	memcpy(node->id, id, GM_UUID_SIZE);
	*out = superseding->n_nodes++;
	return 0;
}

static int add_edge(struct gm_superseding *superseding, const void *id, gm_time created,
	const void *other)
{
	struct gm_edge edge;
	int rc = number(&edge.from, superseding, id);

	if (rc == 0)
		rc = number(&edge.to, superseding, other);
	if (rc == 0)
		rc = gm_grow(&superseding->edges, &superseding->cap_edges,
			superseding->n_edges + 1, sizeof(*superseding->edges));
	if (rc < 0)
		return rc;
	superseding->nodes[edge.from].created = created;
	superseding->edges[superseding->n_edges++] = edge;
	return 0;
}

/* Each memory of the view that is valid already, with each that it names. */
static int read_edges(struct gm_superseding *superseding, struct gm_database *database,
	const struct gm_index_view *view, gm_time now)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT s.row, m.id, s.id, m.created"
		" FROM supersedes AS s JOIN memory AS m ON m.row = s.row"
		" WHERE m.id <> s.id AND (m.valid_from IS NULL OR m.valid_from <= ?1)");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, now);
	while ((rc = gm_statement_step(statement)) > 0) {
		size_t size, other_size;
		const void *id = gm_column_blob(&size, statement, 1);
		const void *other = gm_column_blob(&other_size, statement, 2);

		if (size != GM_UUID_SIZE || other_size != GM_UUID_SIZE ||
			!gm_bitmap_test(&view->rows, gm_column_int(statement, 0)))
			continue;
		rc = add_edge(superseding, id, gm_column_int(statement, 3), other);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int compare(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_from(const void *a, const void *b)
{
	const struct gm_edge *one = a;
	const struct gm_edge *two = b;

	return compare(one->from, two->from);
}

static int compare_to(const void *a, const void *b)
{
	const struct gm_edge *one = a;
	const struct gm_edge *two = b;
	int rc = compare(one->to, two->to);

	return rc ? rc : compare(one->from, two->from);
}

static bool is_newer(const struct node *a, const struct node *b)
{
	if (a->created != b->created)
		return a->created > b->created;
	return memcmp(a->id, b->id, GM_UUID_SIZE) > 0;
}

/* Take out the edges that lead to the newest memory of a circle from within the circle. */
static int break_circles(struct gm_superseding *superseding)
{
	size_t n = superseding->n_nodes;
	gm_autofree size_t *components = gm_calloc(n, sizeof(*components));
	gm_autofree size_t *newest = gm_calloc(n, sizeof(*newest)); /* number + 1 */
	size_t kept = 0;
	int rc = components && newest
		? gm_cycles_find(components, n, superseding->edges, superseding->n_edges)
		: GM_ENOMEM;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		size_t *best = &newest[components[i]];
		if (!*best ||
			is_newer(&superseding->nodes[i], &superseding->nodes[*best - 1]))
			*best = i + 1;
	}
	for (size_t i = 0; i < superseding->n_edges; i++) {
		struct gm_edge edge = superseding->edges[i];
		if (components[edge.from] != components[edge.to] ||
			newest[components[edge.to]] != edge.to + 1)
			superseding->edges[kept++] = edge;
	}
	superseding->n_edges = kept;
	return 0;
}

static void sort(
	struct gm_superseding *superseding, int (*by)(const void *a, const void *b))
{
	if (superseding->n_edges)
		qsort(superseding->edges, superseding->n_edges,
			sizeof(*superseding->edges), by);
}

int gm_superseding_load(struct gm_superseding **out, struct gm_database *database,
	const struct gm_index_view *view, gm_time now)
{
	gm_cleanup(gm_superseding_free_p) struct gm_superseding *superseding =
		gm_calloc(1, sizeof(*superseding));

	if (!superseding)
		return GM_ENOMEM;
	superseding->numbers = (struct gm_map)GM_MAP_INIT(GM_UUID_SIZE);
	int rc = read_edges(superseding, database, view, now);
	if (rc < 0)
		return rc;
	sort(superseding, compare_from);
	rc = superseding->n_edges ? break_circles(superseding) : 0;
	if (rc < 0)
		return rc;
	sort(superseding, compare_to);
	*out = gm_steal(&superseding);
	return 0;
}

int gm_superseding_each(
	const struct gm_superseding *superseding, gm_superseded_fn each, void *payload)
{
	const struct gm_edge *edges = superseding->edges;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < superseding->n_edges; i++)
		if (!i || edges[i - 1].to != edges[i].to)
			rc = each(superseding->nodes[edges[i].to].id, payload);
	return rc;
}

/* The first edge to a node. */
static size_t find_first(const struct gm_superseding *superseding, size_t to)
{
	size_t low = 0;
	size_t high = superseding->n_edges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (superseding->edges[middle].to < to)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int gm_superseding_of(
	struct gm_strv *out, const struct gm_superseding *superseding, const char *id)
{
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t to;
	int rc = 0;

	if (!gm_uuid_parse(uuid, id, strlen(id)) ||
		!gm_map_get(&to, &superseding->numbers, uuid))
		return 0;
	for (size_t i = find_first(superseding, (size_t)to);
		rc == 0 && i < superseding->n_edges && superseding->edges[i].to == to;
		i++) {
		char text[GM_UUID_TEXT];
		gm_uuid_format(text, superseding->nodes[superseding->edges[i].from].id);
		rc = gm_strv_add(out, text);
	}
	if (rc == 0)
		gm_strv_make_set(out);
	return rc;
}

struct question {
	struct gm_superseding **out;
	gm_time now;
};

static int load(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	const struct question *question = payload;

	return gm_superseding_load(question->out, index->database, view, question->now);
}

int gm_index_superseding(struct gm_superseding **out, struct gm_index *index, gm_time now)
{
	struct question question = {out, now};

	return gm_index_query(index, load, &question);
}
