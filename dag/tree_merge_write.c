#include "dag/tree_merge_internal.h"

#include <stdlib.h>
#include <string.h>

/* Our files that are not where they were any more. */
static int add_removals(struct gm_tree_changes *changes, struct gm_merging *merging)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < merging->n_items; i++) {
		const struct gm_merge_item *item = &merging->items[i];
		const char *was = item->sides[GM_SIDE_OURS].path;
		const char *is = item->result.path;
		if (was && (!is || strcmp(was, is) != 0))
			rc = gm_tree_changes_add(changes, was, &gm_oid_zero);
	}
	for (size_t i = 0; rc == 0 && i < merging->n_extras; i++) {
		const struct gm_merge_extra *extra = &merging->extras[i];
		if (extra->side == GM_SIDE_OURS && extra->version.path)
			rc = gm_tree_changes_add(
				changes, extra->version.path, &gm_oid_zero);
	}
	return rc;
}

static bool is_ours(const struct gm_merge_item *item)
{
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];

	return ours->path && !ours->is_apart && !strcmp(ours->path, item->result.path) &&
		ours->mode == item->result.mode &&
		gm_oid_equal(&ours->oid, &item->result.oid);
}

/* The folders that only their side changed. */
static int add_folders(struct gm_tree_changes *changes, const struct gm_merging *merging)
{
	for (size_t i = 0; i < merging->n_folders; i++) {
		const struct gm_tree_triple *folder = &merging->folders[i];
		if (gm_oid_equal(
			    &folder->oid[GM_SIDE_THEIRS], &folder->oid[GM_SIDE_BASE]))
			continue;
		gm_autofree char *path = gm_format("%s/", folder->path);
		int rc = path
			? gm_tree_changes_add(changes, path, &folder->oid[GM_SIDE_THEIRS])
			: GM_ENOMEM;
		if (rc < 0)
			return rc;
		changes->items[changes->n - 1].mode = GM_MODE_TREE;
	}
	return 0;
}

int gm_merge_write(struct gm_oid *out, struct gm_merging *merging)
{
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;
	int rc = add_removals(&changes, merging);

	for (size_t i = 0; rc == 0 && i < merging->n_items; i++) {
		const struct gm_merge_item *item = &merging->items[i];
		if (!item->result.path || is_ours(item))
			continue;
		rc = gm_tree_changes_add(&changes, item->result.path, &item->result.oid);
		if (rc == 0)
			changes.items[changes.n - 1].mode = item->result.mode;
	}
	if (rc == 0)
		rc = add_folders(&changes, merging);
	return rc < 0 ? rc
		      : gm_tree_update(out, merging->batch, &merging->trees[GM_SIDE_OURS],
				changes.items, changes.n);
}

static const char *any_path(const struct gm_merge_item *item)
{
	if (item->result.path)
		return item->result.path;
	for (int i = GM_TREE_SIDES - 1; i >= 0; i--)
		if (item->sides[i].path)
			return item->sides[i].path;
	return "";
}

static int copy_path(char **out, const char *path)
{
	*out = gm_strdup(path);
	return *out ? 0 : GM_ENOMEM;
}

static int fill_entry(struct gm_merge_entry *entry, struct gm_merging *merging,
	struct gm_merge_item *item)
{
	memcpy(entry->id, item->id, GM_UUID_TEXT);
	entry->what = item->what;
	entry->resolved = item->is_resolved;
	entry->base = item->sides[GM_SIDE_BASE].oid;
	entry->ours = item->sides[GM_SIDE_OURS].oid;
	entry->theirs = item->sides[GM_SIDE_THEIRS].oid;
	entry->merged = item->result.oid;
	entry->n_fields = item->n_fields;
	entry->fields = gm_steal(&item->fields);
	item->n_fields = 0;
	entry->note = gm_steal(&item->note);
	int rc = copy_path(&entry->path, any_path(item));
	if (rc < 0 || !item->sibling)
		return rc;
	const struct gm_merge_item *sibling = &merging->items[item->sibling - 1];
	memcpy(entry->sibling, sibling->id, GM_UUID_TEXT);
	return copy_path(&entry->sibling_path, any_path(sibling));
}

static int by_path(const void *a, const void *b)
{
	const struct gm_merge_entry *x = a;
	const struct gm_merge_entry *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->id, y->id);
}

/* Whether the item is as one side alone made it, or both in the same way. */
static bool is_alone(const struct gm_merge_item *item)
{
	return !item->note && !item->n_fields && !item->is_resolved &&
		item->what != GM_MERGE_MERGED && item->what != GM_MERGE_CONFLICT &&
		item->what != GM_MERGE_KEPT;
}

int gm_merge_report(struct gm_tree_merge *out, struct gm_merging *merging)
{
	int rc = 0;

	out->entries = gm_calloc(merging->n_items + 1, sizeof(*out->entries));
	if (!out->entries)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < merging->n_items; i++) {
		struct gm_merge_item *item = &merging->items[i];
		if (item->is_absorbed || item->is_made ||
			(merging->options->only_both && is_alone(item)))
			continue;
		out->n_conflicts += item->what == GM_MERGE_CONFLICT;
		rc = fill_entry(&out->entries[out->n++], merging, item);
	}
	if (rc == 0)
		qsort(out->entries, out->n, sizeof(*out->entries), by_path);
	return rc;
}
