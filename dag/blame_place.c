#include <string.h>

#include "dag/blame_internal.h"
#include "dag/path_rule.h"
#include "dag/record_diff.h"

/* A commit of another repository is no file. */
#define MODE_GITLINK 0160000u

void gm_place_dispose(struct gm_place *place)
{
	gm_free(place->folders);
	*place = (struct gm_place)GM_PLACE_INIT;
}

static size_t count_names(const char *path)
{
	size_t n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* The rest of the way is that of another place. */
static void take_rest(struct gm_place *place, const struct gm_place *near)
{
	for (; place->n < near->n; place->n++)
		place->folders[place->n] = near->folders[place->n];
	place->blob = near->blob;
	place->mode = near->mode;
}

/* Step from the last folder to what `name` is in it: 1 when there is something. */
static int step(struct gm_tree_entry *out, const struct gm_place *place,
	struct gm_store *store, struct gm_buf *buf, const char *name, size_t size)
{
	int rc = gm_tree_read(buf, store, &place->folders[place->n - 1]);

	return rc < 0 ? rc : gm_tree_find(out, buf, name, size);
}

static int follow(struct gm_place *place, struct gm_store *store, struct gm_buf *buf,
	const char *path, const struct gm_place *near)
{
	for (;;) {
		struct gm_tree_entry entry;
		size_t size = strcspn(path, "/");
		size_t last = place->n - 1;
		if (near && last < near->n &&
			gm_oid_equal(&place->folders[last], &near->folders[last])) {
			take_rest(place, near);
			return 0;
		}
		int rc = step(&entry, place, store, buf, path, size);
		if (rc <= 0)
			return rc;
		if (gm_tree_entry_is_folder(&entry) != (path[size] == '/'))
			return 0;
		if (!path[size] && (entry.mode & GM_MODE_TYPE) == MODE_GITLINK)
			return 0;
		if (!path[size]) {
			place->blob = entry.oid;
			place->mode = entry.mode;
			return 0;
		}
		place->folders[place->n++] = entry.oid;
		path += size + 1;
	}
}

int gm_place_find(struct gm_place *out, struct gm_store *store, struct gm_buf *buf,
	const struct gm_oid *root, const char *path, const struct gm_place *near)
{
	struct gm_place place = GM_PLACE_INIT;

	place.folders = gm_calloc(count_names(path), sizeof(*place.folders));
	if (!place.folders)
		return GM_ENOMEM;
	place.folders[place.n++] = *root;
	int rc = follow(&place, store, buf, path, near);
	if (rc < 0) {
		gm_place_dispose(&place);
		return rc;
	}
	gm_place_dispose(out);
	*out = place;
	return 0;
}

struct hunt {
	struct gm_store *store;
	const char *id;
	struct gm_buf *path_out;
};

/* 1 when the file at `path` is the record; what cannot be read is none. */
static int is_it(const struct hunt *hunt, const char *path, const struct gm_oid *blob)
{
	gm_autorecord record = GM_RECORD_INIT;
	char id[GM_UUID_TEXT];

	if (!gm_path_may_be_record(path))
		return 0;
	if (gm_path_id(id, path) && strcmp(id, hunt->id) != 0)
		return 0;
	int rc = gm_record_read(&record, hunt->store, blob);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	return rc == 0 && strcmp(record.id, hunt->id) == 0;
}

static int look_at(const struct gm_tree_delta *delta, void *payload)
{
	const struct hunt *hunt = payload;
	int rc = delta->old_mode ? is_it(hunt, delta->path, &delta->old_oid) : 0;

	if (rc <= 0)
		return rc;
	rc = gm_buf_puts(hunt->path_out, delta->path);
	return rc < 0 ? rc : 1;
}

int gm_find_moved(struct gm_buf *path_out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree, const char *id)
{
	struct hunt hunt = {store, id, path_out};

	return gm_tree_diff(store, old_tree, new_tree, look_at, &hunt);
}

int gm_find_moved_staged(struct gm_buf *path_out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage, const char *id)
{
	struct hunt hunt = {store, id, path_out};

	for (size_t i = 0; i < gm_stage_size(stage); i++) {
		const char *path = gm_stage_at(stage, i)->path;
		struct gm_tree_delta delta = {.path = path};
		int rc = gm_tree_lookup(
			&delta.old_oid, &delta.old_mode, store, tree, path);
		if (rc == GM_ENOTFOUND)
			continue;
		if (rc == 0)
			rc = look_at(&delta, &hunt);
		if (rc)
			return rc;
	}
	return 0;
}
