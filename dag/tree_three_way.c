#include "dag/tree_three_way.h"

#include <string.h>

#include "base/interrupt.h"

struct walk {
	struct gm_batch *batch;
	gm_tree_triple_fn each;
	gm_tree_triple_fn folder; /* NULL: none is passed over */
	void *payload;
	struct gm_buf path;
	size_t visits; /* how many more are allowed */
	unsigned depth;
};

/* One of the three folders, and where we are in it. */
struct cursor {
	struct gm_buf own;         /* what was read; empty when another cursor has it */
	const struct gm_buf *data; /* our own or that of an equal folder */
	size_t at;
	struct gm_tree_entry entry;
	bool has_entry;
};

struct folders {
	struct cursor cursors[GM_TREE_SIDES];
};

static int walk_folders(struct walk *walk, const struct gm_oid trees[GM_TREE_SIDES]);

static int step(struct cursor *cursor)
{
	int rc = gm_tree_next(&cursor->entry, &cursor->at, gm_buf_str(cursor->data),
		cursor->data->size);

	cursor->has_entry = rc > 0;
	return rc < 0 ? rc : 0;
}

static void folders_dispose(struct folders *folders)
{
	for (int i = 0; i < GM_TREE_SIDES; i++)
		gm_buf_dispose(&folders->cursors[i].own);
}

/* Most folders are the same on two sides: those are read once. */
static int folders_open(
	struct folders *folders, struct walk *walk, const struct gm_oid *trees)
{
	for (int i = 0; i < GM_TREE_SIDES; i++) {
		struct cursor *cursor = &folders->cursors[i];
		int same = 0;
		int rc = 0;
		while (!gm_oid_equal(&trees[same], &trees[i]))
			same++;
		cursor->own = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
		cursor->data = &folders->cursors[same].own;
		if (same == i)
			rc = gm_tree_read_batch(&cursor->own, walk->batch, &trees[i]);
		if (rc == 0)
			rc = step(cursor);
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
		const struct cursor *cursor = &folders->cursors[i];
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
		const struct cursor *cursor = &folders->cursors[i];
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
			rc = step(&folders->cursors[i]);
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
	while (rc == 0 && (first = first_entry(&folders)))
		rc = take_first(walk, &folders, first);
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
