#include <string.h>

#include "base/interrupt.h"
#include "dag/outgoing_internal.h"
#include "dag/tree_cursor.h"
#include "dag/walk_graph.h"

/* The new folder and those of the parents. */
#define SIDES (GM_OUTGOING_OLD_MAX + 1)

#define TELL_EVERY 1000

/* Names of paths, in bytes. */
#define NAMES_MAX ((size_t)4 << 30)

struct collecting {
	struct gm_outgoing *outgoing;
	gm_outgoing_progress_fn progress;
	void *payload;
	struct gm_buf *folders; /* the bytes of all sides, by depth */
	size_t n_folders;
	unsigned depth;
};

/* An entry of the new folder, and the same of the parents: without one the mode is 0. */
struct place {
	uint32_t folder; /* its path */
	const struct gm_tree_entry *entry;
	const struct gm_tree_entry *old;
	size_t n_old;
};

static int compare_folders(struct collecting *collecting, uint32_t path,
	const struct gm_oid *oids, size_t n);

static int tell(const struct collecting *collecting)
{
	size_t n = collecting->outgoing->set.n;

	if (!collecting->progress || n % TELL_EVERY)
		return 0;
	return collecting->progress(n, collecting->payload);
}

/* Add an object: 1 when it is new, 0 when it is known, or an error. */
static int add_object(uint32_t *number_out, struct collecting *collecting,
	const struct gm_oid *oid, enum gm_object_type type)
{
	struct gm_object_set *set = &collecting->outgoing->set;
	char hex[GM_OID_HEX];
	int rc = gm_object_set_add(number_out, set, oid);

	if (rc < 0)
		return rc;
	struct gm_object_item *item = &set->items[*number_out];
	if (rc > 0) {
		item->type = (uint8_t)type;
		int told = tell(collecting);
		return told < 0 ? told : 1;
	}
	if (item->type == type)
		return 0;
	gm_oid_format(hex, oid);
	return gm_error(GM_EMISMATCH, "object '%s' is named as a %s and as a %s", hex,
		gm_object_type_name((enum gm_object_type)item->type),
		gm_object_type_name(type));
}

static int add_path(uint32_t *out, struct gm_outgoing *outgoing, uint32_t folder,
	const char *name, size_t size)
{
	size_t at = outgoing->names.size;
	int rc = gm_grow(&outgoing->paths, &outgoing->cap_paths, outgoing->n_paths + 1,
		sizeof(*outgoing->paths));

	if (rc == 0)
		rc = gm_buf_put(&outgoing->names, name, size);
	if (rc == 0)
		rc = gm_buf_putc(&outgoing->names, '\0');
	if (rc < 0)
		return rc;
	*out = (uint32_t)outgoing->n_paths;
	outgoing->paths[outgoing->n_paths++] = (struct gm_outgoing_path){folder, at};
	return 0;
}

static bool is_path(
	const struct gm_outgoing *outgoing, uint32_t path, const struct place *place)
{
	const char *name = outgoing->names.ptr + outgoing->paths[path].name;

	return path && outgoing->paths[path].folder == place->folder &&
		strlen(name) == place->entry->name_size &&
		!memcmp(name, place->entry->name, place->entry->name_size);
}

static bool is_same_kind(const struct gm_tree_entry *a, const struct gm_tree_entry *b)
{
	return (a->mode & GM_MODE_TYPE) == (b->mode & GM_MODE_TYPE);
}

static int set_base_outside(struct gm_outgoing *outgoing, struct gm_object_item *item,
	const struct gm_oid *base)
{
	int rc = gm_grow(&outgoing->outside, &outgoing->cap_outside,
		outgoing->n_outside + 1, sizeof(*outgoing->outside));

	if (rc < 0)
		return rc;
	item->previous = (uint32_t)outgoing->n_outside;
	item->flags |= GM_OUTGOING_BASE_OUTSIDE;
	outgoing->outside[outgoing->n_outside++] = *base;
	return 0;
}

/* What a parent has is either known to be sent, or the other side has it. */
static int set_base(
	struct gm_outgoing *outgoing, uint32_t number, const struct gm_oid *base)
{
	struct gm_object_item *item = &outgoing->set.items[number];
	uint32_t at = gm_object_set_find(&outgoing->set, base);

	if (at == GM_OBJECT_SET_NONE)
		return set_base_outside(outgoing, item, base);
	if (outgoing->set.items[at].type == item->type)
		item->previous = at;
	return 0;
}

/* The base of a new object, and its path: that of the base when it was the same. */
static int set_place(
	struct collecting *collecting, uint32_t number, const struct place *place)
{
	struct gm_outgoing *outgoing = collecting->outgoing;
	uint32_t path = 0;
	int rc = 0;

	for (size_t i = 0; i < place->n_old; i++) {
		if (!is_same_kind(&place->old[i], place->entry))
			continue;
		rc = set_base(outgoing, number, &place->old[i].oid);
		break;
	}
	const struct gm_object_item *item = &outgoing->set.items[number];
	if (rc == 0 && item->previous != GM_OBJECT_SET_NONE &&
		!(item->flags & GM_OUTGOING_BASE_OUTSIDE))
		path = outgoing->set.items[item->previous].path;
	if (rc == 0 && !is_path(outgoing, path, place))
		rc = add_path(&path, outgoing, place->folder, place->entry->name,
			place->entry->name_size);
	outgoing->set.items[number].path = path;
	return rc;
}

/* An entry that no parent has just so. */
static int add_entry(struct collecting *collecting, const struct place *place)
{
	bool is_folder = gm_tree_entry_is_folder(place->entry);
	struct gm_oid oids[SIDES] = {place->entry->oid};
	size_t n = 1;
	uint32_t number;

	if ((place->entry->mode & GM_MODE_TYPE) == 0160000)
		return 0; /* a commit of another repository */
	int rc = add_object(&number, collecting, &place->entry->oid,
		is_folder ? GM_OBJECT_TREE : GM_OBJECT_BLOB);
	if (rc <= 0)
		return rc;
	rc = set_place(collecting, number, place);
	if (rc < 0 || !is_folder)
		return rc;
	for (size_t i = 0; i < place->n_old; i++)
		if (gm_tree_entry_is_folder(&place->old[i]))
			oids[n++] = place->old[i].oid;
	return compare_folders(
		collecting, collecting->outgoing->set.items[number].path, oids, n);
}

/* Have the cursor of a parent stand at `entry`, or behind where it would be: true at it. */
static int seek(struct gm_tree_cursor *cursor, const struct gm_tree_entry *entry)
{
	while (cursor->has_entry) {
		int order = gm_tree_entry_compare(&cursor->entry, entry);
		if (order >= 0)
			return order == 0;
		int rc = gm_tree_cursor_step(cursor);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Look at the entry that the new folder is at. */
static int compare_entry(struct collecting *collecting, uint32_t path,
	struct gm_tree_cursor *sides, size_t n)
{
	struct gm_tree_entry old[GM_OUTGOING_OLD_MAX];
	const struct gm_tree_entry *entry = &sides[0].entry;
	struct place place = {path, entry, old, 0};

	for (size_t i = 1; i < n; i++) {
		int rc = seek(&sides[i], entry);
		if (rc < 0)
			return rc;
		if (!rc)
			continue;
		if (gm_oid_equal(&sides[i].entry.oid, &entry->oid) &&
			is_same_kind(&sides[i].entry, entry))
			return 0;
		old[place.n_old++] = sides[i].entry;
	}
	return add_entry(collecting, &place);
}

static int compare_sides(struct collecting *collecting, uint32_t path,
	struct gm_tree_cursor *sides, size_t n)
{
	int rc = gm_interrupted();

	while (rc == 0) {
		if (n > 1)
			rc = gm_tree_cursors_skip_common(sides, n);
		if (rc < 0 || !sides[0].has_entry)
			break;
		rc = compare_entry(collecting, path, sides, n);
		if (rc == 0)
			rc = gm_tree_cursor_step(&sides[0]);
	}
	return rc;
}

/* Buffers for this depth; those that are in use stay where their bytes are. */
static int make_room(struct collecting *collecting)
{
	size_t old = collecting->n_folders;
	int rc = gm_grow(&collecting->folders, &collecting->n_folders,
		(size_t)(collecting->depth + 1) * SIDES, sizeof(*collecting->folders));

	for (; rc == 0 && old < collecting->n_folders; old++)
		collecting->folders[old] = (struct gm_buf)GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	return rc;
}

static int open_folder(struct gm_tree_cursor *out, struct collecting *collecting,
	size_t side, const struct gm_oid *oid)
{
	struct gm_buf *bytes = &collecting->folders[collecting->depth * SIDES + side];
	int rc = 0;

	gm_buf_reset(bytes);
	if (!gm_oid_equal(oid, &gm_oid_empty_tree))
		rc = gm_store_read_type(
			bytes, collecting->outgoing->store, oid, GM_OBJECT_TREE);
	return rc < 0 ? rc : gm_tree_cursor_open(out, bytes, oid);
}

/* The first of the trees against the others, those of parents. */
static int compare_folders(
	struct collecting *collecting, uint32_t path, const struct gm_oid *oids, size_t n)
{
	struct gm_tree_cursor sides[SIDES];

	if (collecting->depth >= GM_TREE_MAX_DEPTH)
		return gm_error(GM_ETOOBIG, "folders are nested more than %d deep",
			GM_TREE_MAX_DEPTH);
	int rc = make_room(collecting);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = open_folder(&sides[i], collecting, i, &oids[i]);
	if (rc < 0)
		return rc;
	collecting->depth++;
	rc = compare_sides(collecting, path, sides, n);
	collecting->depth--;
	return rc;
}

/* The root tree of a commit, against those of its parents. */
static int add_root(struct collecting *collecting, const struct gm_oid *oids, size_t n)
{
	struct gm_outgoing *outgoing = collecting->outgoing;
	uint32_t number;

	for (size_t i = 1; i < n; i++)
		if (gm_oid_equal(&oids[0], &oids[i]))
			return 0;
	int rc = add_object(&number, collecting, &oids[0], GM_OBJECT_TREE);
	if (rc <= 0)
		return rc;
	rc = n > 1 ? set_base(outgoing, number, &oids[1]) : 0;
	return rc < 0 ? rc : compare_folders(collecting, 0, oids, n);
}

/* The trees a commit is compared with: its parents', or of a root all that may be like it. */
static size_t old_trees(struct gm_oid *out, const struct gm_outgoing *outgoing,
	const struct gm_graph *graph, size_t commit)
{
	size_t n_parents = graph->nodes[commit].n_parents;
	size_t n = 0;
	size_t node;

	for (size_t i = 0; i < n_parents && n < GM_OUTGOING_OLD_MAX; i++) {
		node = gm_graph_parent(graph, commit, i);
		if (graph->nodes[node].flags & GM_NODE_LOADED)
			out[n++] = graph->nodes[node].tree;
	}
	for (size_t i = 0; !n_parents && i < outgoing->haves.n; i++) {
		if (n == GM_OUTGOING_OLD_MAX)
			break;
		if (gm_graph_find(&node, graph, &outgoing->haves.items[i]))
			out[n++] = graph->nodes[node].tree;
	}
	return n;
}

static int add_commit(
	struct collecting *collecting, const struct gm_graph *graph, size_t node)
{
	struct gm_outgoing *outgoing = collecting->outgoing;
	const struct gm_node *commit = &graph->nodes[node];
	struct gm_oid oids[SIDES] = {commit->tree};
	size_t n = 1;
	uint32_t number;
	int rc = add_object(&number, collecting, &commit->oid, GM_OBJECT_COMMIT);

	if (rc <= 0)
		return rc;
	rc = gm_grow(&outgoing->commits, &outgoing->cap_commits, outgoing->n_commits + 1,
		sizeof(*outgoing->commits));
	if (rc < 0)
		return rc;
	outgoing->commits[outgoing->n_commits++] = number;
	n += old_trees(oids + 1, outgoing, graph, node);
	return add_root(collecting, oids, n);
}

static int start_walk(struct gm_outgoing *outgoing, bool hides)
{
	gm_walk_free(outgoing->walk);
	outgoing->walk = NULL;
	int rc = gm_walk_new(&outgoing->walk, outgoing->store, GM_WALK_TOPOLOGICAL);
	for (size_t i = 0; rc == 0 && i < outgoing->wants.n; i++)
		rc = gm_walk_push(outgoing->walk, &outgoing->wants.items[i]);
	for (size_t i = 0; hides && rc == 0 && i < outgoing->haves.n; i++)
		rc = gm_walk_hide(outgoing->walk, &outgoing->haves.items[i]);
	return rc;
}

/* Of all there is, children first, hide what the haves reach. */
static void hide_afterwards(const struct gm_outgoing *outgoing, struct gm_graph *graph,
	const size_t *nodes, size_t n)
{
	size_t node;

	for (size_t i = 0; i < outgoing->haves.n; i++)
		if (gm_graph_find(&node, graph, &outgoing->haves.items[i]))
			graph->nodes[node].flags |= GM_NODE_HIDDEN;
	for (size_t i = 0; i < n; i++) {
		if (!(graph->nodes[nodes[i]].flags & GM_NODE_HIDDEN))
			continue;
		for (size_t k = 0; k < graph->nodes[nodes[i]].n_parents; k++) {
			node = gm_graph_parent(graph, nodes[i], k);
			graph->nodes[node].flags |= GM_NODE_HIDDEN;
		}
	}
}

/*
 * The commits that lead to the wants, children first. What is left here of a have, that no ref
 * leads to, may be a part of its history only; then the haves count as far as the wants reach.
 */
static int find_commits(struct gm_graph **graph_out, const size_t **nodes_out,
	size_t *n_out, struct gm_outgoing *outgoing)
{
	int rc = start_walk(outgoing, true);

	if (rc == 0)
		rc = gm_walk_nodes(graph_out, nodes_out, n_out, outgoing->walk);
	if ((rc != GM_EMISMATCH && rc != GM_ENOTFOUND) || !outgoing->haves.n)
		return rc;
	rc = start_walk(outgoing, false);
	if (rc == 0)
		rc = gm_walk_nodes(graph_out, nodes_out, n_out, outgoing->walk);
	if (rc == 0)
		hide_afterwards(outgoing, *graph_out, *nodes_out, *n_out);
	return rc;
}

/* Parents come first, so that what they have is known when a commit is compared with them. */
static int add_commits(struct collecting *collecting)
{
	const size_t *nodes;
	struct gm_graph *graph;
	size_t n;
	int rc = find_commits(&graph, &nodes, &n, collecting->outgoing);

	while (rc == 0 && n-- > 0)
		if (!(graph->nodes[nodes[n]].flags & GM_NODE_HIDDEN))
			rc = add_commit(collecting, graph, nodes[n]);
	return rc;
}

/* What was wanted by its own name, or by that of a tag. */
static int add_loose(struct collecting *collecting, const struct gm_oid *oid)
{
	struct gm_store *store = collecting->outgoing->store;
	enum gm_object_type type;
	struct gm_oid at = *oid;
	uint32_t number;
	size_t size;

	for (;;) {
		int rc = gm_store_read_header(&type, &size, store, &at);
		if (rc == 0 && type == GM_OBJECT_COMMIT)
			return 0; /* the walk had it */
		if (rc == 0)
			rc = add_object(&number, collecting, &at, type);
		if (rc > 0 && type == GM_OBJECT_TREE)
			return compare_folders(collecting, 0, &at, 1);
		if (rc <= 0 || type != GM_OBJECT_TAG)
			return rc < 0 ? rc : 0;
		rc = gm_tag_target(&at, &type, store, &at);
		if (rc < 0)
			return rc;
	}
}

int gm_outgoing_collect(
	struct gm_outgoing *outgoing, gm_outgoing_progress_fn progress, void *payload)
{
	struct collecting collecting = {
		.outgoing = outgoing, .progress = progress, .payload = payload};
	uint32_t root;

	outgoing->names.max = NAMES_MAX;
	int rc = add_path(&root, outgoing, 0, "", 0);
	if (rc == 0)
		rc = add_commits(&collecting);
	outgoing->end_of_commits = (uint32_t)outgoing->set.n;
	for (size_t i = 0; rc == 0 && i < outgoing->loose.n; i++)
		rc = add_loose(&collecting, &outgoing->loose.items[i]);
	for (size_t i = 0; i < collecting.n_folders; i++)
		gm_buf_dispose(&collecting.folders[i]);
	gm_free(collecting.folders);
	return rc;
}
