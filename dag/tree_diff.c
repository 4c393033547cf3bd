#include "dag/tree.h"

#include <string.h>

#include "base/interrupt.h"
#include "dag/tree_cursor.h"

struct walk {
	struct gm_store *store;
	gm_tree_delta_fn each;
	void *payload;
	struct gm_buf path;
	struct gm_buf
		*trees; /* the bytes of both sides, by depth: memory is used again */
	size_t cap;
	size_t visits; /* how many more are allowed */
	unsigned depth;
};

static int compare_folders(
	struct walk *walk, const struct gm_oid *old_tree, const struct gm_oid *new_tree);

static int report(struct walk *walk, const struct gm_tree_entry *old_entry,
	const struct gm_tree_entry *new_entry)
{
	struct gm_tree_delta delta = {.path = gm_buf_str(&walk->path)};

	if (old_entry) {
		delta.old_mode = old_entry->mode;
		delta.old_oid = old_entry->oid;
	}
	if (new_entry) {
		delta.new_mode = new_entry->mode;
		delta.new_oid = new_entry->oid;
	}
	return walk->each(&delta, walk->payload);
}

/* Two entries of one name and kind, or one whose other side (NULL) is missing. */
static int compare_entries(struct walk *walk, const struct gm_tree_entry *old_entry,
	const struct gm_tree_entry *new_entry)
{
	const struct gm_tree_entry *any = old_entry ? old_entry : new_entry;
	size_t size = walk->path.size;
	int rc = 0;

	if (old_entry && new_entry && old_entry->mode == new_entry->mode &&
		gm_oid_equal(&old_entry->oid, &new_entry->oid))
		return 0;
	if (!walk->visits--)
		return gm_error(GM_ETOOBIG, "tree stands for more than %zu files",
			GM_TREE_MAX_VISITS);
	if (size)
		rc = gm_buf_putc(&walk->path, '/');
	if (rc == 0)
		rc = gm_buf_put(&walk->path, any->name, any->name_size);
	if (rc < 0)
		return rc;
	if (gm_tree_entry_is_folder(any))
		rc = compare_folders(walk, old_entry ? &old_entry->oid : NULL,
			new_entry ? &new_entry->oid : NULL);
	else
		rc = report(walk, old_entry, new_entry);
	walk->path.size = size;
	walk->path.ptr[size] = '\0';
	return rc;
}

static int compare_sides(struct walk *walk, struct gm_tree_cursor sides[2])
{
	struct gm_tree_cursor *old_side = &sides[0], *new_side = &sides[1];
	int rc = gm_tree_cursors_skip_common(sides, 2);

	while (rc == 0 && (old_side->has_entry || new_side->has_entry)) {
		int order = new_side->has_entry ? 1 : -1;
		if (old_side->has_entry && new_side->has_entry)
			order = gm_tree_entry_compare(&old_side->entry, &new_side->entry);
		rc = compare_entries(walk, order <= 0 ? &old_side->entry : NULL,
			order >= 0 ? &new_side->entry : NULL);
		if (rc == 0 && order <= 0)
			rc = gm_tree_cursor_step(old_side);
		if (rc == 0 && order >= 0)
			rc = gm_tree_cursor_step(new_side);
		if (rc == 0)
			rc = gm_tree_cursors_skip_common(sides, 2);
	}
	return rc;
}

/* Two buffers for this depth. */
static int make_room(struct walk *walk)
{
	size_t old = walk->cap;
	int rc = gm_grow(
		&walk->trees, &walk->cap, 2 * walk->depth + 2, sizeof(*walk->trees));

	for (; rc == 0 && old < walk->cap; old++)
		walk->trees[old] = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
	return rc;
}

static int compare_folders(
	struct walk *walk, const struct gm_oid *old_tree, const struct gm_oid *new_tree)
{
	struct gm_tree_cursor sides[2];
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	if (walk->depth >= GM_TREE_MAX_DEPTH)
		return gm_error(GM_EMISMATCH, "folder '%s' lies too deep",
			gm_buf_str(&walk->path));
	rc = make_room(walk);
	if (rc < 0)
		return rc;
	struct gm_buf *trees = &walk->trees[2 * walk->depth];
	rc = gm_tree_read_pair(&trees[0], &trees[1], walk->store, old_tree, new_tree);
	if (rc == 0)
		rc = gm_tree_cursor_open(&sides[0], &trees[0], old_tree);
	if (rc == 0)
		rc = gm_tree_cursor_open(&sides[1], &trees[1], new_tree);
	walk->depth++;
	if (rc == 0)
		rc = compare_sides(walk, sides);
	walk->depth--;
	return rc;
}

int gm_tree_diff(struct gm_store *store, const struct gm_oid *old_tree,
	const struct gm_oid *new_tree, gm_tree_delta_fn each, void *payload)
{
	struct walk walk = {.store = store,
		.each = each,
		.payload = payload,
		.path = GM_BUF_INIT(GM_BUF_TEXT),
		.visits = GM_TREE_MAX_VISITS};

	if (old_tree && new_tree && gm_oid_equal(old_tree, new_tree))
		return 0;
	int rc = compare_folders(&walk, old_tree, new_tree);
	for (size_t i = 0; i < walk.cap; i++)
		gm_buf_dispose(&walk.trees[i]);
	gm_free(walk.trees);
	gm_buf_dispose(&walk.path);
	return rc;
}

struct files {
	gm_tree_file_fn each;
	void *payload;
};

static int pass_file(const struct gm_tree_delta *delta, void *payload)
{
	struct files *files = payload;
	const char *slash = strrchr(delta->path, '/');
	const char *name = slash ? slash + 1 : delta->path;
	struct gm_tree_entry entry = {.mode = delta->new_mode,
		.name = name,
		.name_size = strlen(name),
		.oid = delta->new_oid};

	return files->each(delta->path, &entry, files->payload);
}

int gm_tree_each(struct gm_store *store, const struct gm_oid *root, gm_tree_file_fn each,
	void *payload)
{
	struct files files = {.each = each, .payload = payload};

	return gm_tree_diff(store, NULL, root, pass_file, &files);
}
