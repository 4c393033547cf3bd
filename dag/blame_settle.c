#include <string.h>

#include "base/interrupt.h"
#include "dag/blame_internal.h"

void gm_blame_origin_free(struct gm_blame_origin *origin)
{
	gm_place_dispose(&origin->place);
	gm_suspects_dispose(&origin->suspects);
	gm_free(origin);
}

/* The number of a path. A file has few of them in all its history. */
int gm_blame_number_path(size_t *out, struct gm_blame_walk *walk, const char *path)
{
	for (size_t i = 0; i < walk->paths->n; i++) {
		if (!strcmp(walk->paths->items[i], path)) {
			*out = i;
			return 0;
		}
	}
	*out = walk->paths->n;
	return gm_strv_add(walk->paths, path);
}

static int grow_origins(struct gm_blame_walk *walk)
{
	size_t old = walk->cap_origins;
	int rc = gm_grow(&walk->origins, &walk->cap_origins, walk->graph.n,
		sizeof(struct gm_blame_origin *));

	for (size_t i = old; rc == 0 && i < walk->cap_origins; i++)
		walk->origins[i] = NULL;
	return rc;
}

int gm_blame_find_origin(struct gm_blame_origin **out, struct gm_blame_walk *walk,
	size_t node, size_t path, struct gm_place *place)
{
	int rc = grow_origins(walk);

	if (rc < 0)
		return rc;
	struct gm_blame_origin *first = walk->origins[node];
	for (*out = first; *out; *out = (*out)->next)
		if ((*out)->path == path)
			return 0;
	struct gm_blame_origin *origin = gm_calloc(1, sizeof(*origin));
	if (!origin)
		return GM_ENOMEM;
	*origin = (struct gm_blame_origin){
		.node = node, .path = path, .place = *place, .next = first};
	*place = (struct gm_place){.blob = place->blob, .mode = place->mode};
	walk->origins[node] = *out = origin;
	if (first)
		return 0;
	return gm_walk_queue_put(&walk->queue, node, walk->graph.nodes[node].date);
}

static void find_guilty(struct gm_blame_walk *walk, const struct gm_blame_origin *origin)
{
	const struct gm_suspects *suspects = &origin->suspects;

	for (size_t i = 0; i < suspects->n_fields; i++)
		walk->field_guilt[suspects->fields[i]] =
			(struct gm_blame_guilt){origin->node, origin->path, 0};
	for (size_t i = 0; i < suspects->n_spans; i++) {
		const struct gm_blame_span *span = &suspects->spans[i];
		for (size_t j = 0; j < span->n; j++)
			walk->line_guilt[span->last + j] = (struct gm_blame_guilt){
				origin->node, origin->path, span->start + j};
	}
}

static bool has_suspects(const struct gm_blame_origin *origin)
{
	return origin->suspects.n_spans || origin->suspects.n_fields;
}

static size_t count_parents(
	const struct gm_blame_walk *walk, const struct gm_blame_origin *origin)
{
	if (origin->node != GM_BLAME_STAGED)
		return walk->graph.nodes[origin->node].n_parents;
	return !gm_oid_is_zero(&walk->request->commit);
}

static int load_parent(size_t *out, struct gm_blame_walk *walk,
	const struct gm_blame_origin *origin, size_t i)
{
	if (origin->node != GM_BLAME_STAGED)
		return gm_graph_load_parent(out, &walk->graph, origin->node, i);
	return gm_graph_add(out, &walk->graph, &walk->request->commit);
}

/* The file as a parent has it. */
struct candidate {
	size_t node;
	size_t path;
	struct gm_place place; /* without a mode: the parent has no such file */
};

struct candidates {
	struct candidate *items;
	size_t n;
};

static void candidates_dispose(struct candidates *list)
{
	for (size_t i = 0; i < list->n; i++)
		gm_place_dispose(&list->items[i].place);
	gm_free(list->items);
}

/* 1 when this parent has the very same file, and so takes all suspects. */
static int pass_whole(struct gm_blame_walk *walk, struct gm_blame_origin *origin,
	struct candidate *candidate)
{
	struct gm_blame_origin *parent;

	if (!candidate->place.mode ||
		!gm_oid_equal(&candidate->place.blob, &origin->place.blob))
		return 0;
	int rc = gm_blame_find_origin(
		&parent, walk, candidate->node, candidate->path, &candidate->place);
	if (rc == 0)
		rc = gm_suspects_move(&parent->suspects, &origin->suspects);
	return rc < 0 ? rc : 1;
}

/* Find the file at its path in a parent; the way to it is left out where it is not needed. */
static int look_in_place(struct gm_blame_walk *walk, struct gm_blame_origin *origin,
	struct candidate *candidate)
{
	const char *path = walk->paths->items[candidate->path];
	bool staged = origin->node == GM_BLAME_STAGED;

	if (!staged &&
		!gm_graph_may_change(&walk->graph, origin->node, candidate->node, path)) {
		candidate->place.blob = origin->place.blob;
		candidate->place.mode = origin->place.mode;
		return 0;
	}
	return gm_place_find(&candidate->place, walk->store, &walk->tree,
		&walk->graph.nodes[candidate->node].tree, path,
		staged ? NULL : &origin->place);
}

/* Find the file at its path in each parent, until one has the very same: 1 then. */
static int find_in_place(struct candidates *list, struct gm_blame_walk *walk,
	struct gm_blame_origin *origin)
{
	size_t n = count_parents(walk, origin);

	list->items = gm_calloc(n, sizeof(*list->items));
	if (!list->items)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct candidate *candidate = &list->items[list->n++];
		candidate->path = origin->path;
		int rc = load_parent(&candidate->node, walk, origin, i);
		if (rc == 0)
			rc = look_in_place(walk, origin, candidate);
		if (rc == 0)
			rc = pass_whole(walk, origin, candidate);
		if (rc)
			return rc;
	}
	return 0;
}

void gm_blame_slot_reset(struct gm_blame_slot *slot)
{
	gm_version_dispose(&slot->version);
	slot->version = (struct gm_version)GM_VERSION_INIT;
	slot->full = false;
}

/* Read the file at a place, into another slot than `keep` is in (NULL: any). Lent. */
static int read_version(const struct gm_version **out, struct gm_blame_walk *walk,
	const struct gm_place *place, size_t path, const struct gm_version *keep)
{
	struct gm_blame_slot *slot = &walk->slots[keep == &walk->slots[0].version];

	for (size_t i = 0; i < 2; i++) {
		struct gm_blame_slot *one = &walk->slots[i];
		if (!one->full || one->path != path ||
			!gm_oid_equal(&one->blob, &place->blob))
			continue;
		*out = &one->version;
		return 0;
	}
	gm_blame_slot_reset(slot);
	int rc = gm_version_read(
		&slot->version, walk->store, &place->blob, walk->paths->items[path]);
	if (rc < 0) {
		gm_blame_slot_reset(slot);
		return rc;
	}
	slot->full = true;
	slot->blob = place->blob;
	slot->path = path;
	*out = &slot->version;
	return 0;
}

/* Whether another memory, with an id of its own, is where ours is in the child. */
static int is_another(struct gm_blame_walk *walk, const struct candidate *candidate,
	const struct gm_version *child)
{
	const struct gm_version *version;
	int rc = read_version(&version, walk, &candidate->place, candidate->path, child);

	return rc < 0 ? rc : version->record && strcmp(version->id, child->id) != 0;
}

/* 1 with the path of the record `id` in a parent that lacks it where the child has it. */
static int hunt(struct gm_buf *out, struct gm_blame_walk *walk,
	const struct gm_blame_origin *origin, const struct gm_oid *tree, const char *id)
{
	if (origin->node == GM_BLAME_STAGED)
		return gm_find_moved_staged(
			out, walk->store, tree, walk->request->stage, id);
	return gm_find_moved(
		out, walk->store, tree, &walk->graph.nodes[origin->node].tree, id);
}

/*
 * Look for the record elsewhere in a parent. A sibling that a merge has just made is the other
 * version of the record that it is in conflict with.
 */
static int find_elsewhere(struct gm_blame_walk *walk,
	const struct gm_blame_origin *origin, struct candidate *candidate,
	const struct gm_version *child)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_LARGE);
	const struct gm_oid tree = walk->graph.nodes[candidate->node].tree;
	const char *other =
		json_string_value(json_object_get(child->record, "conflicts_with"));

	gm_place_dispose(&candidate->place);
	int rc = hunt(&path, walk, origin, &tree, child->id);
	if (rc == 0 && other)
		rc = hunt(&path, walk, origin, &tree, other);
	if (rc <= 0)
		return rc;
	rc = gm_blame_number_path(&candidate->path, walk, gm_buf_str(&path));
	if (rc < 0)
		return rc;
	return gm_place_find(&candidate->place, walk->store, &walk->tree, &tree,
		gm_buf_str(&path), NULL);
}

/* Where the record that became one with another would be in a parent; "" where it cannot be. */
static int find_joined_path(struct gm_buf *out, struct gm_blame_walk *walk,
	const struct gm_blame_origin *origin, const struct gm_oid *tree,
	const struct gm_version *child)
{
	const char *other =
		json_string_value(json_object_get(child->record, "conflicts_with"));

	if (!other)
		return gm_buf_puts(out, walk->paths->items[origin->path]);
	int rc = gm_find_moved(
		out, walk->store, &walk->graph.nodes[origin->node].tree, tree, other);
	return rc < 0 ? rc : 0;
}

/*
 * Two records that were made under one key on the two sides became one in a merge, or one and
 * its sibling: find the other one, which is in a parent at that key and in the child no more.
 */
static int find_joined(struct gm_blame_walk *walk, const struct gm_blame_origin *origin,
	struct candidate *candidate, const struct gm_version *child)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_LARGE);
	const struct gm_oid tree = walk->graph.nodes[candidate->node].tree;
	const struct gm_version *version;
	int rc = find_joined_path(&path, walk, origin, &tree, child);

	if (rc < 0 || !path.size)
		return rc;
	rc = gm_blame_number_path(&candidate->path, walk, gm_buf_str(&path));
	if (rc == 0)
		rc = gm_place_find(&candidate->place, walk->store, &walk->tree, &tree,
			gm_buf_str(&path), NULL);
	if (rc < 0 || !candidate->place.mode)
		return rc;
	rc = read_version(&version, walk, &candidate->place, candidate->path, child);
	if (rc == 0 && version->record)
		rc = gm_find_moved(&kept, walk->store,
			&walk->graph.nodes[origin->node].tree, &tree, version->id);
	if (rc < 0)
		return rc;
	if (rc > 0 || !version->record)
		gm_place_dispose(&candidate->place);
	return 0;
}

/* A record is its id, wherever it is; 1 when a parent that has it elsewhere took all. */
static int find_by_id(struct candidates *list, struct gm_blame_walk *walk,
	struct gm_blame_origin *origin, const struct gm_version *child)
{
	for (size_t i = 0; *child->id && i < list->n; i++) {
		struct candidate *candidate = &list->items[i];
		int rc = candidate->place.mode ? is_another(walk, candidate, child) : 1;
		if (rc > 0)
			rc = find_elsewhere(walk, origin, candidate, child);
		if (rc == 0 && !candidate->place.mode && list->n > 1)
			rc = find_joined(walk, origin, candidate, child);
		if (rc == 0)
			rc = pass_whole(walk, origin, candidate);
		if (rc)
			return rc;
	}
	return 0;
}

/* Whether an earlier parent has the same bytes, and took what there is to take. */
static bool is_repeated(const struct candidates *list, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (list->items[j].place.mode &&
			gm_oid_equal(
				&list->items[j].place.blob, &list->items[i].place.blob))
			return true;
	return false;
}

static int pass_parts(struct gm_blame_walk *walk, struct gm_blame_origin *origin,
	struct candidate *candidate, const struct gm_version *child)
{
	const struct gm_version *version;
	struct gm_blame_origin *parent;
	int rc = read_version(&version, walk, &candidate->place, candidate->path, child);

	if (rc == 0)
		rc = gm_blame_find_origin(&parent, walk, candidate->node, candidate->path,
			&candidate->place);
	if (rc < 0)
		return rc;
	return gm_suspects_pass(
		&parent->suspects, &origin->suspects, version, child, &walk->fields);
}

/* No parent has the very same file. */
static int compare_parents(struct candidates *list, struct gm_blame_walk *walk,
	struct gm_blame_origin *origin)
{
	const struct gm_version *child = &walk->last;
	int rc = 0;

	if (origin->node != GM_BLAME_STAGED)
		rc = read_version(&child, walk, &origin->place, origin->path, NULL);
	if (rc == 0)
		rc = find_by_id(list, walk, origin, child);
	for (size_t i = 0; rc == 0 && i < list->n && has_suspects(origin); i++)
		if (list->items[i].place.mode && !is_repeated(list, i))
			rc = pass_parts(walk, origin, &list->items[i], child);
	return rc < 0 ? rc : 0;
}

/* Give parents what they have, too; what is left came with this commit. */
int gm_blame_settle(struct gm_blame_walk *walk, struct gm_blame_origin *origin)
{
	gm_cleanup(candidates_dispose) struct candidates list = {NULL, 0};
	int rc = gm_interrupted();

	if (rc == 0)
		rc = find_in_place(&list, walk, origin);
	if (rc == 0 && list.n)
		rc = compare_parents(&list, walk, origin);
	if (rc >= 0)
		find_guilty(walk, origin);
	return rc < 0 ? rc : 0;
}

int gm_blame_settle_all(struct gm_blame_walk *walk)
{
	size_t node;
	int rc = 0;

	while (rc == 0 && gm_walk_queue_take(&node, &walk->queue)) {
		struct gm_blame_origin *origin = gm_steal(&walk->origins[node]);
		while (origin) {
			struct gm_blame_origin *next = origin->next;
			if (rc == 0 && has_suspects(origin))
				rc = gm_blame_settle(walk, origin);
			gm_blame_origin_free(origin);
			origin = next;
		}
	}
	return rc;
}
