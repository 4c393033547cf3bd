#include "dag/tree_merge_internal.h"

#include <string.h>

#include "dag/path_rule.h"

/*
 * Finding what differs. Folders of memories that one side alone changed are looked into while
 * little differs; else they are taken as they are, unless something in them may be a memory that
 * the other side changed as well.
 */

bool gm_merge_is_alone(const struct gm_tree_triple *triple)
{
	bool same[GM_TREE_SIDES];

	for (int i = 0; i < GM_TREE_SIDES; i++)
		same[i] = triple->mode[i] == triple->mode[GM_SIDE_BASE] &&
			gm_oid_equal(&triple->oid[i], &triple->oid[GM_SIDE_BASE]);
	return same[GM_SIDE_OURS] != same[GM_SIDE_THEIRS];
}

/* "memories", "memories/YYYY", "memories/YYYY/MM-DD" or "memories/YYYY/MM-DD/h". */
static bool is_of_memories(const char *path)
{
	static const char shape[] = "memories/0000/00-00/x";
	size_t size = strlen(path);

	if (size != 8 && size != 13 && size != 19 && size != 21)
		return false;
	for (size_t i = 0; i < size; i++) {
		bool fits = shape[i] == '0' ? path[i] >= '0' && path[i] <= '9'
			: shape[i] == 'x'   ? strchr("0123456789abcdef", path[i]) != NULL
					    : path[i] == shape[i];
		if (!fits)
			return false;
	}
	return true;
}

static int add_triple(struct gm_tree_triple **list, size_t *n, size_t *cap,
	struct gm_merging *merging, const struct gm_tree_triple *triple)
{
	int rc = gm_grow(list, cap, *n + 1, sizeof(**list));

	if (rc < 0)
		return rc;
	struct gm_tree_triple *added = &(*list)[*n];
	*added = *triple;
	added->path = gm_merge_keep_path(merging, triple->path);
	if (!added->path)
		return GM_ENOMEM;
	++*n;
	return 0;
}

static int keep_file(const struct gm_tree_triple *triple, void *payload)
{
	struct gm_merging *merging = payload;

	if (merging->n_found == GM_MERGE_MAX_ITEMS)
		return gm_error(
			GM_ETOOBIG, "more than %zu files differ", GM_MERGE_MAX_ITEMS);
	merging->n_alone += gm_merge_is_alone(triple);
	return add_triple(
		&merging->found, &merging->n_found, &merging->cap_found, merging, triple);
}

static int pass_over(const struct gm_tree_triple *triple, void *payload)
{
	struct gm_merging *merging = payload;

	if (merging->sees_all || !gm_merge_is_alone(triple) ||
		!is_of_memories(triple->path))
		return 0;
	int rc = add_triple(&merging->folders, &merging->n_folders, &merging->cap_folders,
		merging, triple);
	return rc < 0 ? rc : 1;
}

static int keep_while_few(const struct gm_tree_triple *triple, void *payload)
{
	struct gm_merging *merging = payload;
	int rc = keep_file(triple, payload);

	return rc < 0 ? rc : merging->n_alone > GM_MERGE_LOOK;
}

/* Walk what is below a folder; the calls have its files. */
static int walk_folder(struct gm_merging *merging, const struct gm_tree_triple *folder,
	gm_tree_triple_fn each)
{
	const struct gm_tree_three_way_options options = {.prefix = folder->path};

	return gm_tree_three_way_with(
		merging->batch, folder->oid, each, merging, &options);
}

/* Look into all folders if that does not take long. */
static int see_if_few(struct gm_merging *merging)
{
	size_t n_found = merging->n_found;
	int rc = 0;

	/* In each of them a file differs at least. */
	if (merging->n_folders > GM_MERGE_LOOK)
		merging->n_alone += merging->n_folders;
	for (size_t i = 0; rc == 0 && i < merging->n_folders; i++)
		rc = merging->n_alone > GM_MERGE_LOOK
			? 1
			: walk_folder(merging, &merging->folders[i], keep_while_few);
	merging->is_large = merging->n_alone > GM_MERGE_LOOK;
	if (merging->is_large)
		merging->n_found = n_found;
	else
		merging->n_folders = 0;
	return rc < 0 ? rc : 0;
}

/* They are in the order of their paths, and none is in another. */
const struct gm_tree_triple *gm_merge_find_folder(
	const struct gm_merging *merging, const char *path)
{
	size_t low = 0, high = merging->n_folders;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct gm_tree_triple *folder = &merging->folders[middle];
		size_t size = strlen(folder->path);
		int order = strncmp(path, folder->path, size);
		if (!order && (!path[size] || path[size] == '/'))
			return folder;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int gm_merge_must_see(struct gm_merging *merging)
{
	merging->must_see = true;
	return gm_error(GM_ERROR, "a folder has to be looked into");
}

/* 1 when a new memory with a key may lie in an unseen folder as well, without it. */
static int may_be_below(
	struct gm_merging *merging, const struct gm_merge_version *version)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_merge_read_record(&record, merging, version);

	if (rc == 0)
		rc = gm_record_set_text(&record.key, NULL);
	if (rc == 0)
		rc = gm_record_path(&path, &record);
	return rc < 0 ? rc : gm_merge_find_folder(merging, gm_buf_str(&path)) != NULL;
}

static bool is_same(const struct gm_merge_version *a, const struct gm_merge_version *b)
{
	return a->path == b->path && a->mode == b->mode && gm_oid_equal(&a->oid, &b->oid);
}

/*
 * 1 when what became of a memory may stand in an unseen folder: it is gone from where we look on
 * a side that does not just leave it to the other, or it came from who knows where.
 */
static int may_be_elsewhere(struct gm_merging *merging, const struct gm_merge_item *item)
{
	const struct gm_merge_version *base = &item->sides[GM_SIDE_BASE];
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];
	const struct gm_merge_version *theirs = &item->sides[GM_SIDE_THEIRS];
	const struct gm_merge_version *one = ours->path ? ours : theirs;

	if (!*item->id || (ours->path && theirs->path))
		return 0;
	if (base->path)
		return !is_same(one, base);
	if (!one->is_home)
		return 1;
	return one->is_keyed ? may_be_below(merging, one) : 0;
}

static int must_see_folders(struct gm_merging *merging)
{
	int rc = merging->n_extras || merging->n_meetings;

	for (size_t i = 0; rc == 0 && i < merging->n_items; i++)
		rc = may_be_elsewhere(merging, &merging->items[i]);
	return rc;
}

static int add_file(const struct gm_tree_triple *triple, void *payload)
{
	struct gm_merging *merging = payload;
	struct gm_tree_triple kept = *triple;

	kept.path = gm_merge_keep_path(merging, triple->path);
	return kept.path ? gm_merge_add_found(merging, &kept) : GM_ENOMEM;
}

int gm_merge_see_folders(struct gm_merging *merging)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < merging->n_folders; i++)
		rc = walk_folder(merging, &merging->folders[i], add_file);
	merging->n_folders = 0;
	return rc;
}

int gm_merge_collect(struct gm_merging *merging)
{
	const struct gm_tree_three_way_options options = {.folder = pass_over};
	int rc = gm_tree_three_way_with(
		merging->batch, merging->trees, keep_file, merging, &options);

	if (rc == 0)
		rc = see_if_few(merging);
	for (size_t i = 0; rc == 0 && i < merging->n_found; i++)
		rc = gm_merge_add_found(merging, &merging->found[i]);
	if (rc == 0 && merging->n_folders)
		rc = must_see_folders(merging);
	return rc > 0 ? gm_merge_see_folders(merging) : rc;
}
