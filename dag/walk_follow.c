#include "dag/walk_follow.h"

#include <string.h>

#include "dag/path_rule.h"
#include "dag/record_diff.h"
#include "dag/tree.h"
#include "dag/walk_simplify.h"

enum place {
	PLACE_UNKNOWN,
	PLACE_NOWHERE,
	PLACE_FIRST_PATH, /* and so on */
};

void gm_follows_dispose(struct gm_follows *follows)
{
	for (size_t i = 0; i < follows->n; i++) {
		gm_strv_dispose(&follows->items[i].paths);
		gm_free(follows->items[i].places);
	}
	gm_free(follows->items);
	follows->items = NULL;
	follows->n = follows->cap = 0;
}

int gm_follows_add(struct gm_follows *follows, const char *id, const char *path)
{
	int rc = gm_grow(
		&follows->items, &follows->cap, follows->n + 1, sizeof(*follows->items));

	if (rc < 0)
		return rc;
	struct gm_follow *follow = &follows->items[follows->n++];
	*follow = (struct gm_follow){.paths = GM_STRV_INIT, .reference = SIZE_MAX};
	(void)strncpy(follow->id, id, sizeof(follow->id) - 1);
	return path ? gm_strv_add(&follow->paths, path) : 0;
}

static size_t place_of(const struct gm_follow *follow, size_t node)
{
	return node < follow->cap_places ? follow->places[node] : PLACE_UNKNOWN;
}

static int set_place(struct gm_follow *follow, size_t node, size_t place)
{
	size_t cap = follow->cap_places;
	int rc = gm_grow(
		&follow->places, &follow->cap_places, node + 1, sizeof(*follow->places));

	if (rc < 0)
		return rc;
	for (; cap < follow->cap_places; cap++)
		follow->places[cap] = PLACE_UNKNOWN;
	follow->places[node] = place;
	follow->reference = node;
	follow->seen = follow->seen || place != PLACE_NOWHERE;
	return 0;
}

/* Damage is no memory: what cannot be read is told by the commands that read it. */
static int pass_damage(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
}

/* It may have been without its key, too. */
static int add_unkeyed_path(struct gm_follow *follow, struct gm_record *record)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	if (follow->knows_unkeyed)
		return 0;
	follow->knows_unkeyed = true;
	gm_free(gm_steal(&record->key));
	int rc = gm_record_path(&path, record);
	if (rc < 0)
		return pass_damage(rc);
	return gm_strv_add(&follow->paths, gm_buf_str(&path));
}

/* 1 when the file is the memory. */
static int is_followed(struct gm_follow *follow, struct gm_store *store, const char *path,
	unsigned mode, const struct gm_oid *blob)
{
	gm_autorecord record = GM_RECORD_INIT;
	char id[GM_UUID_TEXT];
	int rc = 0;

	if ((mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE) ||
		!gm_path_may_be_record(path))
		return 0;
	if (!gm_path_id(id, path)) {
		rc = gm_record_read(&record, store, blob);
		if (rc < 0)
			return pass_damage(rc);
		memcpy(id, record.id, sizeof(id));
	}
	if (!*follow->id)
		memcpy(follow->id, id, sizeof(id));
	if (strcmp(follow->id, id) != 0)
		return 0;
	rc = record.key ? add_unkeyed_path(follow, &record) : 0;
	return rc < 0 ? rc : 1;
}

/* Look at the paths where it may be. Returns the place; PLACE_UNKNOWN when it is at none. */
static int look_at_paths(
	size_t *place_out, struct gm_follow *follow, struct gm_graph *graph, size_t node)
{
	*place_out = PLACE_UNKNOWN;
	for (size_t i = 0; i < follow->paths.n; i++) {
		const char *path = follow->paths.items[i];
		struct gm_oid blob;
		unsigned mode;
		int rc = gm_tree_lookup(
			&blob, &mode, graph->store, &graph->nodes[node].tree, path);
		if (rc == GM_ENOTFOUND)
			continue;
		if (rc == 0)
			rc = is_followed(follow, graph->store, path, mode, &blob);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			*place_out = PLACE_FIRST_PATH + i;
			return 0;
		}
	}
	return 0;
}

struct search {
	struct gm_follow *follow;
	struct gm_store *store;
	const char *folder; /* with a slash; "" for the root */
};

/* 1 when the old side of a difference is the memory; its path is then the last one. */
static int search_delta(const struct gm_tree_delta *delta, void *payload)
{
	const struct search *search = payload;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);

	if (!delta->old_mode)
		return 0;
	int rc = gm_buf_printf(&path, "%s%s", search->folder, delta->path);
	if (rc == 0)
		rc = is_followed(search->follow, search->store, gm_buf_str(&path),
			delta->old_mode, &delta->old_oid);
	if (rc <= 0)
		return rc;
	rc = gm_strv_add(&search->follow->paths, gm_buf_str(&path));
	return rc < 0 ? rc : 1;
}

/* The folder of keys in a node's tree; zero when there is none. */
static int find_keys(struct gm_oid *out, const struct gm_graph *graph, size_t node)
{
	unsigned mode;
	int rc = gm_tree_lookup(
		out, &mode, graph->store, &graph->nodes[node].tree, "keys");

	if (rc == GM_ENOTFOUND || (rc == 0 && (mode & GM_MODE_TYPE) != GM_MODE_TREE))
		*out = gm_oid_zero;
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/*
 * Search what the tree of `node` has and that of `reference` has not. A memory that was seen,
 * but is not there, is not looked for everywhere: its path is known unless it had a key.
 */
static int search_differences(size_t *place_out, struct gm_follow *follow,
	struct gm_graph *graph, size_t node, size_t reference)
{
	struct search search = {.follow = follow, .store = graph->store, .folder = ""};
	struct gm_oid tree = graph->nodes[node].tree;
	struct gm_oid other = graph->nodes[reference].tree;
	int rc = 0;

	if (!*follow->id)
		return 0;
	if (place_of(follow, reference) == PLACE_NOWHERE && follow->seen) {
		search.folder = "keys/";
		rc = find_keys(&tree, graph, node);
		if (rc == 0)
			rc = find_keys(&other, graph, reference);
	}
	if (rc == 0)
		rc = gm_tree_diff(graph->store, &tree, &other, search_delta, &search);
	if (rc > 0)
		*place_out = PLACE_FIRST_PATH + follow->paths.n - 1;
	return rc < 0 ? rc : 0;
}

/* Find where it is in `node`, by a node near it (SIZE_MAX: there is none). */
static int find_place(
	struct gm_follow *follow, struct gm_graph *graph, size_t node, size_t reference)
{
	size_t place;
	int rc = look_at_paths(&place, follow, graph, node);

	if (rc == 0 && place == PLACE_UNKNOWN && reference != SIZE_MAX)
		rc = search_differences(&place, follow, graph, node, reference);
	if (rc == 0 && place == PLACE_UNKNOWN)
		place = PLACE_NOWHERE;
	return rc < 0 ? rc : set_place(follow, node, place);
}

static int need_place(struct gm_follow *follow, struct gm_graph *graph, size_t node)
{
	if (place_of(follow, node) != PLACE_UNKNOWN)
		return 0;
	return find_place(follow, graph, node, follow->reference);
}

/* 1 when one path has the same in both trees. */
static int is_same_at(struct gm_graph *graph, size_t node, size_t parent, char *path)
{
	const struct gm_strv paths = {.items = &path, .n = 1};

	return gm_graph_paths_are_same(graph, node, parent, &paths);
}

/* 1 when a memory that was seen before is not in the parent either, as nothing came there. */
static int stays_away(
	struct gm_follow *follow, struct gm_graph *graph, size_t node, size_t parent)
{
	char keys[] = "keys";

	if (!follow->seen)
		return 0;
	int rc = gm_graph_paths_are_same(graph, node, parent, &follow->paths);
	return rc == 1 ? is_same_at(graph, node, parent, keys) : rc;
}

static int compare(
	struct gm_follow *follow, struct gm_graph *graph, size_t node, size_t parent)
{
	int rc = need_place(follow, graph, node);
	size_t place = place_of(follow, node);
	int same = 0;

	if (rc == 0 && place >= PLACE_FIRST_PATH)
		same = rc = is_same_at(graph, node, parent,
			follow->paths.items[place - PLACE_FIRST_PATH]);
	else if (rc == 0 && place_of(follow, parent) == PLACE_UNKNOWN)
		same = rc = stays_away(follow, graph, node, parent);
	if (rc < 0)
		return rc;
	if (place_of(follow, parent) == PLACE_UNKNOWN)
		rc = same ? set_place(follow, parent, place)
			  : find_place(follow, graph, parent, node);
	if (rc < 0 || same)
		return rc < 0 ? rc : 1;
	return place == PLACE_NOWHERE && place_of(follow, parent) == PLACE_NOWHERE;
}

int gm_follows_compare(
	struct gm_follows *follows, struct gm_graph *graph, size_t node, size_t parent)
{
	int same = 1;

	for (size_t i = 0; i < follows->n; i++) {
		int rc = compare(&follows->items[i], graph, node, parent);
		if (rc < 0)
			return rc;
		same = same && rc;
	}
	return same;
}

int gm_follows_are_absent(struct gm_follows *follows, struct gm_graph *graph, size_t node)
{
	int absent = 1;

	for (size_t i = 0; i < follows->n; i++) {
		int rc = need_place(&follows->items[i], graph, node);
		if (rc < 0)
			return rc;
		absent = absent && place_of(&follows->items[i], node) == PLACE_NOWHERE;
	}
	return absent;
}
