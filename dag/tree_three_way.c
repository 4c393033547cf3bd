#include "dag/tree_three_way.h"
#include "base/interrupt.h"
#include "dag/tree_cursor.h"

struct walk {
	struct gm_batch *batch;
	gm_tree_triple_fn each;
	gm_tree_triple_fn folder; /* NULL: none is passed over */
	void *payload;
	struct gm_buf path;
	size_t visits; /* how many more are allowed */
	unsigned depth;
};

struct folders {
	struct gm_buf bytes[GM_TREE_SIDES]; /* empty where an equal folder has them */
	struct gm_tree_cursor cursors[GM_TREE_SIDES];
};

static int walk_folders(struct walk *walk, const struct gm_oid trees[GM_TREE_SIDES]);

static void folders_dispose(struct folders *folders)
{
	for (int i = 0; i < GM_TREE_SIDES; i++)
		gm_buf_dispose(&folders->bytes[i]);
}

/*
 * Most folders are the same on two sides: those are read once. Ours will be read again, when the
 * result is written; the others are likely stored as what makes them differ from the base.
 */
static int folders_open(
	struct folders *folders, struct walk *walk, const struct gm_oid *trees)
{
	const struct gm_near near = {&trees[GM_SIDE_BASE], &folders->bytes[GM_SIDE_BASE]};
	static const struct gm_near nothing = {NULL, NULL};

	for (int i = 0; i < GM_TREE_SIDES; i++) {
		int same = 0;
		int rc = 0;
		while (!gm_oid_equal(&trees[same], &trees[i]))
			same++;
		folders->bytes[i] = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
		if (same == i)
			rc = gm_tree_read_unchecked(&folders->bytes[i], walk->batch,
				&trees[i],
				i == GM_SIDE_OURS          ? NULL
					: near.bytes->size ? &near
							   : &nothing);
		if (rc == 0)
			rc = gm_tree_cursor_open(
				&folders->cursors[i], &folders->bytes[same], &trees[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The entry that comes first; NULL at the end of all three. */
static const struct gm_tree_entry *first_entry(const struct folders *folders)
{
	const struct gm_tree_entry *first = NULL;

	for (int i = 0; i < GM_TREE_SIDES; i++) {
		const struct gm_tree_cursor *cursor = &folders->cursors[i];
		if (cursor->has_entry &&
			(!first || gm_tree_entry_compare(&cursor->entry, first) < 0))
			first = &cursor->entry;
	}
	return first;
}

static bool all_same(const struct gm_tree_triple *triple)
{
	for (int i = 1; i < GM_TREE_SIDES; i++)
		if (triple->mode[i] != triple->mode[0] ||
			!gm_oid_equal(&triple->oid[i], &triple->oid[0]))
			return false;
	return true;
}

static int visit_folder(struct walk *walk, const struct gm_tree_triple *triple)
{
	int rc = walk->folder ? walk->folder(triple, walk->payload) : 0;

	return rc ? rc < 0 ? rc : 0 : walk_folders(walk, triple->oid);
}

static int visit(struct walk *walk, struct gm_tree_triple *triple,
	const struct gm_tree_entry *entry)
{
	size_t size = walk->path.size;
	int rc = 0;

	if (!walk->visits--)
		return gm_error(GM_ETOOBIG, "trees stand for more than %zu files",
			GM_TREE_MAX_VISITS);
	if (size)
		rc = gm_buf_putc(&walk->path, '/');
	if (rc == 0)
		rc = gm_buf_put(&walk->path, entry->name, entry->name_size);
	if (rc < 0)
		return rc;
	triple->path = gm_buf_str(&walk->path);
	rc = gm_tree_entry_is_folder(entry) ? visit_folder(walk, triple)
					    : walk->each(triple, walk->payload);
	walk->path.size = size;
	walk->path.ptr[size] = '\0';
	return rc;
}

/* Take the entry that comes first from all folders that have it. */
static int take_first(
	struct walk *walk, struct folders *folders, const struct gm_tree_entry *first)
{
	struct gm_tree_entry entry = *first;
	struct gm_tree_triple triple = {.path = NULL};
	bool has[GM_TREE_SIDES];
	int rc = 0;

	for (int i = 0; i < GM_TREE_SIDES; i++) {
		const struct gm_tree_cursor *cursor = &folders->cursors[i];
		has[i] = cursor->has_entry &&
			gm_tree_entry_compare(&cursor->entry, &entry) == 0;
		if (!has[i])
			continue;
		triple.mode[i] = cursor->entry.mode;
		triple.oid[i] = cursor->entry.oid;
	}
	if (!all_same(&triple))
		rc = visit(walk, &triple, &entry);
	for (int i = 0; rc == 0 && i < GM_TREE_SIDES; i++)
		if (has[i])
			rc = gm_tree_cursor_step(&folders->cursors[i]);
	return rc;
}

static int walk_folders(struct walk *walk, const struct gm_oid trees[GM_TREE_SIDES])
{
	gm_cleanup(folders_dispose) struct folders folders = {.cursors = {{.at = 0}}};
	const struct gm_tree_entry *first;
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	if (walk->depth >= GM_TREE_MAX_DEPTH)
		return gm_error(GM_EMISMATCH, "folder '%s' lies too deep",
			gm_buf_str(&walk->path));
	walk->depth++;
	rc = folders_open(&folders, walk, trees);
	if (rc == 0)
		rc = gm_tree_cursors_skip_common(folders.cursors, GM_TREE_SIDES);
	while (rc == 0 && (first = first_entry(&folders))) {
		rc = take_first(walk, &folders, first);
		if (rc == 0)
			rc = gm_tree_cursors_skip_common(folders.cursors, GM_TREE_SIDES);
	}
	walk->depth--;
	return rc;
}

int gm_tree_three_way_with(struct gm_batch *batch,
	const struct gm_oid trees[GM_TREE_SIDES], gm_tree_triple_fn each, void *payload,
	const struct gm_tree_three_way_options *options)
{
	struct walk walk = {.batch = batch,
		.each = each,
		.folder = options->folder,
		.payload = payload,
		.path = GM_BUF_INIT(GM_BUF_TEXT),
		.visits = GM_TREE_MAX_VISITS};
	int rc = 0;

	if (gm_oid_equal(&trees[0], &trees[1]) && gm_oid_equal(&trees[0], &trees[2]))
		return 0;
	if (options->prefix)
		rc = gm_buf_puts(&walk.path, options->prefix);
	if (rc == 0)
		rc = walk_folders(&walk, trees);
	gm_buf_dispose(&walk.path);
	return rc;
}

int gm_tree_three_way(struct gm_batch *batch, const struct gm_oid trees[GM_TREE_SIDES],
	gm_tree_triple_fn each, void *payload)
{
	return gm_tree_three_way_with(batch, trees, each, payload,
		&(const struct gm_tree_three_way_options){.prefix = NULL});
}
