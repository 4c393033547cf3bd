#include "dag/record_diff.h"

#include <stdlib.h>
#include <string.h>

#include "dag/path_rule.h"
#include "dag/tree_cache.h"

/*
 * The largest blob that is read as a record, in bytes. It lies well above the default limit of
 * a content, which the user may raise; what is larger is a file like any other.
 */
#define MAX_BLOB ((size_t)32 << 20)

struct diff {
	struct gm_store *store;
	struct gm_record_deltas deltas;
	size_t n_added; /* with an id */
	size_t n_removed;
};

/* One side of a file that differs. */
struct side {
	unsigned mode; /* 0: it is missing here */
	struct gm_oid blob;
	const struct gm_change
		*change;       /* has the bytes; NULL when they are in the store */
	char id[GM_UUID_TEXT]; /* "" when it is no record */
};

static void dispose_delta(struct gm_record_delta *delta)
{
	gm_free(delta->path);
	gm_free(delta->old_path);
	gm_strv_dispose(&delta->supersedes);
}

void gm_record_deltas_dispose(struct gm_record_deltas *deltas)
{
	for (size_t i = 0; i < deltas->n; i++)
		dispose_delta(&deltas->items[i]);
	gm_free(deltas->items);
	*deltas = (struct gm_record_deltas)GM_RECORD_DELTAS_INIT;
}

static void dispose_diff(struct diff *diff)
{
	gm_record_deltas_dispose(&diff->deltas);
}

int gm_record_read(
	struct gm_record *out, struct gm_store *store, const struct gm_oid *blob)
{
	gm_autobuf data = GM_BUF_INIT(MAX_BLOB);
	int rc = gm_store_read_type(&data, store, blob, GM_OBJECT_BLOB);

	if (rc == GM_ETOOBIG)
		return gm_error(
			GM_EINVALID, "over %zu bytes, too large for a memory", MAX_BLOB);
	return rc < 0 ? rc : gm_record_decode(out, gm_buf_str(&data), data.size);
}

/*
 * Find the id of a file. What cannot be read or is no record is a file without one: damage is
 * for those to report who need the contents.
 */
static int identify(struct side *side, struct gm_store *store, const char *path)
{
	gm_autorecord record = GM_RECORD_INIT;
	int rc;

	side->id[0] = '\0';
	if ((side->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE) ||
		!gm_path_may_be_record(path) || gm_path_id(side->id, path))
		return 0;
	if (side->change && side->change->data)
		rc = gm_record_decode(&record, side->change->data, side->change->size);
	else
		rc = gm_record_read(&record, store, &side->blob);
	if (rc == 0)
		memcpy(side->id, record.id, sizeof(side->id));
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
}

static int add_delta(struct diff *diff, char status, const char *path,
	const struct side *old, const struct side *new)
{
	struct gm_record_deltas *deltas = &diff->deltas;
	const struct side *named = *new->id ? new : old;
	int rc = gm_grow(
		&deltas->items, &deltas->cap, deltas->n + 1, sizeof(*deltas->items));

	if (rc < 0)
		return rc;
	struct gm_record_delta delta = {
		.status = status,
		.path = gm_strdup(path),
		.old_blob = old->blob,
		.new_blob = new->blob,
		.old_mode = old->mode,
		.new_mode = new->mode,
	};
	if (!delta.path)
		return GM_ENOMEM;
	memcpy(delta.id, named->id, sizeof(delta.id));
	deltas->items[deltas->n++] = delta;
	diff->n_added += status == 'A' && *delta.id;
	diff->n_removed += status == 'D' && *delta.id;
	return 0;
}

/* Two records that follow each other at one path are two changes: the memory is its id. */
static int add_sides(
	struct diff *diff, const char *path, struct side *old, struct side *new)
{
	static const struct side none = {.mode = 0};
	int rc = identify(old, diff->store, path);

	if (rc == 0)
		rc = identify(new, diff->store, path);
	if (rc < 0)
		return rc;
	if (!old->mode)
		return add_delta(diff, 'A', path, &none, new);
	if (!new->mode)
		return add_delta(diff, 'D', path, old, &none);
	if (!*old->id || !*new->id || strcmp(old->id, new->id) == 0)
		return add_delta(diff, 'M', path, old, new);
	rc = add_delta(diff, 'D', path, old, &none);
	return rc < 0 ? rc : add_delta(diff, 'A', path, &none, new);
}

static int compare_places(const void *a, const void *b)
{
	const struct gm_record_delta *const *left = a;
	const struct gm_record_delta *const *right = b;
	int order = strcmp((*left)->id, (*right)->id);

	if (!order)
		order = (*left)->status - (*right)->status;
	return order ? order : strcmp((*left)->path, (*right)->path);
}

/* What went at one path and came at another: the removed one gives its side up. */
static void join(struct gm_record_delta *added, struct gm_record_delta *removed)
{
	added->status = 'M';
	added->old_path = gm_steal(&removed->path);
	added->old_blob = removed->old_blob;
	added->old_mode = removed->old_mode;
}

/* Join what was added and removed under one id, in path order; the list is sorted by id. */
static void join_equal_ids(struct gm_record_delta **list, size_t n)
{
	size_t next;

	for (size_t i = 0; i < n; i = next) {
		size_t removed = i;
		while (removed < n && list[removed]->status == 'A' &&
			strcmp(list[removed]->id, list[i]->id) == 0)
			removed++;
		size_t n_added = removed - i;
		for (next = removed; next < n && list[next]->status == 'D' &&
			strcmp(list[next]->id, list[i]->id) == 0;
			next++)
			if (next - removed < n_added)
				join(list[i + (next - removed)], list[next]);
	}
}

/* A moved record stands where it is now, so the order by path holds. */
static void drop_joined(struct gm_record_deltas *deltas)
{
	size_t kept = 0;

	for (size_t i = 0; i < deltas->n; i++) {
		if (deltas->items[i].path)
			deltas->items[kept++] = deltas->items[i];
		else
			dispose_delta(&deltas->items[i]);
	}
	deltas->n = kept;
}

static int find_moves(struct diff *diff)
{
	struct gm_record_deltas *deltas = &diff->deltas;
	size_t n = 0;

	if (!diff->n_added || !diff->n_removed)
		return 0;
	gm_autofree struct gm_record_delta **list = gm_calloc(
		diff->n_added + diff->n_removed, sizeof(struct gm_record_delta *));
	if (!list)
		return GM_ENOMEM;
	for (size_t i = 0; i < deltas->n; i++)
		if (deltas->items[i].status != 'M' && *deltas->items[i].id)
			list[n++] = &deltas->items[i];
	qsort(list, n, sizeof(*list), compare_places);
	join_equal_ids(list, n);
	drop_joined(deltas);
	return 0;
}

static int finish(struct gm_record_deltas *out, struct diff *diff)
{
	int rc = find_moves(diff);

	if (rc < 0)
		return rc;
	gm_record_deltas_dispose(out);
	*out = diff->deltas;
	diff->deltas = (struct gm_record_deltas)GM_RECORD_DELTAS_INIT;
	return 0;
}

static int add_tree_delta(const struct gm_tree_delta *delta, void *payload)
{
	struct side old = {.mode = delta->old_mode, .blob = delta->old_oid};
	struct side new = {.mode = delta->new_mode, .blob = delta->new_oid};

	return add_sides(payload, delta->path, &old, &new);
}

int gm_record_diff(struct gm_record_deltas *out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree)
{
	gm_cleanup(dispose_diff) struct diff diff = {.store = store};
	int rc = gm_tree_diff(store, old_tree, new_tree, add_tree_delta, &diff);

	return rc < 0 ? rc : finish(out, &diff);
}

/* A stage, and the tree it is compared with. */
struct staged {
	struct diff *diff;
	const struct gm_oid *tree;
	struct gm_tree_cache *folders; /* NULL: there are too few paths for one to pay */
};

/* With so many changes folders are read once rather than for each of them. */
#define MANY_CHANGES ((size_t)64)

/* The file the tree has at a path; a folder there counts as nothing. */
static int find_file(struct side *out, const struct staged *staged, const char *path)
{
	struct side side = {.mode = 0};
	int rc;

	if (staged->folders) {
		rc = gm_tree_cache_lookup(
			&side.blob, &side.mode, staged->folders, staged->tree, path);
		rc = rc > 0 ? 0 : rc == 0 || rc == GM_EEXISTS ? GM_ENOTFOUND : rc;
	} else {
		rc = gm_tree_lookup(
			&side.blob, &side.mode, staged->diff->store, staged->tree, path);
	}
	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	if (rc == GM_ENOTFOUND || (side.mode & GM_MODE_TYPE) == GM_MODE_TREE)
		side = (struct side){.mode = 0};
	*out = side;
	return 0;
}

static int add_change(const struct staged *staged, const struct gm_change *change)
{
	struct side old;
	struct side new = {.blob = change->blob, .change = change};
	int rc = find_file(&old, staged, change->path);

	if (rc < 0)
		return rc;
	if (!gm_oid_is_zero(&change->blob))
		new.mode = old.mode ? old.mode : GM_MODE_FILE;
	if (old.mode == new.mode && (!old.mode || gm_oid_equal(&old.blob, &new.blob)))
		return 0;
	return add_sides(staged->diff, change->path, &old, &new);
}

int gm_record_diff_stage(struct gm_record_deltas *out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	gm_cleanup(gm_tree_cache_free_p) struct gm_tree_cache *folders = NULL;
	gm_cleanup(dispose_diff) struct diff diff = {.store = store};
	struct staged staged = {.diff = &diff, .tree = tree};
	int rc = 0;

	if (gm_stage_size(stage) > MANY_CHANGES) {
		rc = gm_batch_begin(&batch, store);
		if (rc == 0)
			rc = gm_tree_cache_new(&folders, batch);
		staged.folders = folders;
	}
	for (size_t i = 0; rc == 0 && i < gm_stage_size(stage); i++)
		rc = add_change(&staged, gm_stage_at(stage, i));
	return rc < 0 ? rc : finish(out, &diff);
}
