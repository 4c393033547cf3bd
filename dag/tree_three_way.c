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
	const struct gm_oid *oid;
	size_t start; /* of the entry */
	size_t at;    /* behind it */
	struct gm_tree_entry entry;
	bool has_entry;
};

struct folders {
	struct cursor cursors[GM_TREE_SIDES];
};

static int walk_folders(struct walk *walk, const struct gm_oid trees[GM_TREE_SIDES]);

/* The entry at `start`. Two that follow each other must be in order. */
static int take(struct cursor *cursor, const struct gm_tree_entry *previous)
{
	cursor->at = cursor->start;
	int rc = gm_tree_next(&cursor->entry, &cursor->at, gm_buf_str(cursor->data),
		cursor->data->size);

	cursor->has_entry = rc > 0;
	if (rc > 0 && previous && gm_tree_entry_compare(previous, &cursor->entry) >= 0)
		rc = gm_error(GM_EMISMATCH, "out of order at byte %zu", cursor->start);
	return rc < 0 ? gm_tree_broken(cursor->oid) : 0;
}

static int step(struct cursor *cursor)
{
	const struct gm_tree_entry previous = cursor->entry;

	cursor->start = cursor->at;
	return take(cursor, &previous);
}

static void folders_dispose(struct folders *folders)
{
	for (int i = 0; i < GM_TREE_SIDES; i++)
		gm_buf_dispose(&folders->cursors[i].own);
}

/*
 * Most folders are the same on two sides: those are read once. Ours will be read again, when the
 * result is written; the others are likely stored as what makes them differ from the base.
 */
static int folders_open(
	struct folders *folders, struct walk *walk, const struct gm_oid *trees)
{
	const struct gm_near near = {
		&trees[GM_SIDE_BASE], &folders->cursors[GM_SIDE_BASE].own};
	static const struct gm_near nothing = {NULL, NULL};

	for (int i = 0; i < GM_TREE_SIDES; i++) {
		struct cursor *cursor = &folders->cursors[i];
		int same = 0;
		int rc = 0;
		while (!gm_oid_equal(&trees[same], &trees[i]))
			same++;
		cursor->own = (struct gm_buf)GM_BUF_INIT(GM_BUF_LARGE);
		cursor->data = &folders->cursors[same].own;
		cursor->oid = &trees[i];
		if (same == i)
			rc = gm_tree_read_unchecked(&cursor->own, walk->batch, &trees[i],
				i == GM_SIDE_OURS          ? NULL
					: near.bytes->size ? &near
							   : &nothing);
		if (rc == 0)
			rc = take(cursor, NULL);
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

/* How many bytes both have alike from where they are. */
static size_t common_size(const struct cursor *a, const struct cursor *b)
{
	const char *x = gm_buf_str(a->data) + a->start;
	const char *y = gm_buf_str(b->data) + b->start;
	size_t x_size = a->data->size - a->start, y_size = b->data->size - b->start;
	size_t size = x_size < y_size ? x_size : y_size;
	size_t at = 0;

	if (x == y)
		return size;
	while (size - at >= 256 && !memcmp(x + at, y + at, 256))
		at += 256;
	while (at < size && x[at] == y[at])
		at++;
	return at;
}

/* Skip the entries that all three have alike: most folders differ in a few of very many. */
static int skip_common(struct folders *folders)
{
	struct cursor *base = &folders->cursors[GM_SIDE_BASE];
	const char *data = gm_buf_str(base->data) + base->start;
	size_t size = common_size(base, &folders->cursors[GM_SIDE_OURS]);
	size_t theirs = common_size(base, &folders->cursors[GM_SIDE_THEIRS]);
	size_t skipped = 0;
	int rc = 0;

	size = theirs < size ? theirs : size;
	for (;;) {
		const char *end = memchr(data + skipped, '\0', size - skipped);
		if (!end || (size_t)(end - data) + 1 + GM_OID_SIZE > size)
			break;
		skipped = (size_t)(end - data) + 1 + GM_OID_SIZE;
	}
	for (int i = 0; skipped && rc == 0 && i < GM_TREE_SIDES; i++) {
		folders->cursors[i].start += skipped;
		rc = take(&folders->cursors[i], NULL);
	}
	return rc;
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
	if (rc == 0)
		rc = skip_common(&folders);
	while (rc == 0 && (first = first_entry(&folders))) {
		rc = take_first(walk, &folders, first);
		if (rc == 0)
			rc = skip_common(&folders);
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
