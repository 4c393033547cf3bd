#include "dag/tree_merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dag/file_merge.h"
#include "dag/path_rule.h"
#include "dag/tree_merge_internal.h"

#define MAX_NOTE 200

static void entry_dispose(struct gm_merge_entry *entry)
{
	gm_free(entry->path);
	gm_free(entry->sibling_path);
	gm_free(entry->note);
	gm_merge_decisions_free(entry->fields, entry->n_fields);
}

void gm_tree_merge_dispose(struct gm_tree_merge *merge)
{
	for (size_t i = 0; i < merge->n; i++)
		entry_dispose(&merge->entries[i]);
	gm_free(merge->entries);
	*merge = (struct gm_tree_merge)GM_TREE_MERGE_INIT;
}

static void merging_dispose(struct gm_merging *merging)
{
	for (size_t i = 0; i < merging->n_items; i++) {
		gm_free(merging->items[i].note);
		gm_merge_decisions_free(
			merging->items[i].fields, merging->items[i].n_fields);
	}
	gm_free(merging->items);
	gm_free(merging->found);
	gm_free(merging->folders);
	gm_free(merging->extras);
	gm_free(merging->meetings);
	gm_free(merging->siblings);
	gm_map_dispose(&merging->ids);
	gm_strv_dispose(&merging->paths);
	gm_tree_cache_free(merging->lookups);
}

int gm_merge_add_item(size_t *out, struct gm_merging *merging, const char *id)
{
	if (merging->n_items == GM_MERGE_MAX_ITEMS)
		return gm_error(
			GM_ETOOBIG, "more than %zu files differ", GM_MERGE_MAX_ITEMS);
	int rc = gm_grow(&merging->items, &merging->cap_items, merging->n_items + 1,
		sizeof(*merging->items));
	if (rc == 0 && *id)
		rc = gm_map_put(&merging->ids, id, merging->n_items);
	if (rc < 0)
		return rc;
	*out = merging->n_items++;
	merging->items[*out] = (struct gm_merge_item){.what = GM_MERGE_SAME};
	if (*id)
		memcpy(merging->items[*out].id, id, GM_UUID_TEXT);
	return 0;
}

const char *gm_merge_keep_path(struct gm_merging *merging, const char *path)
{
	return gm_strv_add(&merging->paths, path) < 0
		? NULL
		: merging->paths.items[merging->paths.n - 1];
}

int gm_merge_read(
	struct gm_buf *out, struct gm_merging *merging, const struct gm_oid *blob)
{
	enum gm_object_type type;
	char hex[GM_OID_HEX];
	int rc = gm_batch_read(out, &type, merging->batch, blob);

	gm_oid_format(hex, blob);
	if (rc == 0 && type != GM_OBJECT_BLOB)
		rc = gm_error(GM_EMISMATCH, "object '%s' is a %s, not a blob", hex,
			gm_object_type_name(type));
	if (rc == GM_ENOTFOUND)
		rc = gm_error(GM_EMISMATCH, "blob '%s' is missing", hex);
	return rc;
}

int gm_merge_read_record(struct gm_record *out, struct gm_merging *merging,
	const struct gm_merge_version *version)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_FILE_MERGE_MAX);

	if ((version->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE))
		return gm_error(GM_EINVALID, "'%s' is no plain file", version->path);
	int rc = gm_merge_read(&bytes, merging, &version->oid);
	return rc < 0 ? rc : gm_record_decode(out, gm_buf_str(&bytes), bytes.size);
}

int gm_merge_know(struct gm_merge_version *version, const struct gm_record *record)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_path(&path, record);

	if (rc < 0)
		return rc;
	version->is_known = true;
	version->is_home = !strcmp(gm_buf_str(&path), version->path);
	version->is_keyed = record->key;
	version->time =
		record->updated == GM_TIME_NONE ? record->created : record->updated;
	return 0;
}

int gm_merge_write_record(struct gm_merge_version *out, struct gm_merging *merging,
	const struct gm_record *record, unsigned mode, const struct gm_oid *like)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_merge_version version = {.mode = mode ? mode : GM_MODE_FILE};
	int rc = gm_record_encode(&bytes, record);

	if (rc == 0)
		rc = gm_record_path(&path, record);
	if (rc == 0)
		rc = gm_batch_write_based(&version.oid, merging->batch, GM_OBJECT_BLOB,
			bytes.ptr, bytes.size, like);
	if (rc < 0)
		return rc;
	version.path = gm_merge_keep_path(merging, gm_buf_str(&path));
	if (!version.path)
		return GM_ENOMEM;
	*out = version;
	return gm_merge_know(out, record);
}

int gm_merge_note(struct gm_merge_item *item, const char *fmt, ...)
{
	char text[MAX_NOTE];
	va_list args;

	if (item->note)
		return 0;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args); /* ids and words: it fits */
	va_end(args);
	item->note = gm_strdup(text);
	return item->note ? 0 : GM_ENOMEM;
}

const struct gm_merge_resolution *gm_merge_find_resolution(
	const struct gm_merging *merging, const struct gm_merge_item *item)
{
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];
	const char *path = ours->path ? ours->path : item->sides[GM_SIDE_THEIRS].path;
	const char *name = *item->id ? item->id : path;

	for (size_t i = 0; i < merging->options->n_resolutions; i++)
		if (!strcmp(merging->options->resolutions[i].name, name))
			return &merging->options->resolutions[i];
	return NULL;
}

int gm_merge_find_untouched(
	struct gm_merge_version *out, struct gm_merging *merging, const char *path)
{
	struct gm_merge_version first = {.path = path};

	if (gm_merge_find_folder(merging, path))
		return gm_merge_must_see(merging);
	if (!merging->lookups && gm_tree_cache_new(&merging->lookups, merging->batch) < 0)
		return GM_ENOMEM;
	for (int i = 0; i < GM_TREE_SIDES; i++) {
		struct gm_merge_version version = {.path = path};
		int rc = gm_tree_cache_lookup(&version.oid, &version.mode,
			merging->lookups, &merging->trees[i], path);
		if (rc <= 0)
			return rc == GM_EEXISTS ? 0 : rc;
		if (i == 0)
			first = version;
		bool is_folder = (version.mode & GM_MODE_TYPE) == GM_MODE_TREE;
		if (version.mode != first.mode ||
			(!is_folder && !gm_oid_equal(&version.oid, &first.oid)))
			return 0;
	}
	*out = first;
	return 1;
}

/* Both sides, or one of them, may not differ from the base at all: nothing is to be merged. */
static const struct gm_oid *find_trivial(const struct gm_merging *merging)
{
	const struct gm_oid *base = &merging->trees[GM_SIDE_BASE];
	const struct gm_oid *ours = &merging->trees[GM_SIDE_OURS];
	const struct gm_oid *theirs = &merging->trees[GM_SIDE_THEIRS];

	if (gm_oid_equal(ours, theirs) || gm_oid_equal(theirs, base))
		return ours;
	return gm_oid_equal(ours, base) ? theirs : NULL;
}

/* What stands in folders that were taken unseen is looked at only to be told. */
static int see_the_rest(struct gm_merging *merging)
{
	size_t first = merging->n_items;

	if (merging->options->only_both || !merging->n_folders)
		return 0;
	int rc = gm_merge_see_folders(merging);
	return rc < 0 ? rc : gm_merge_decide_alone(merging, first);
}

static int merge_trees(struct gm_oid *out, struct gm_merging *merging)
{
	int rc = gm_merge_collect(merging);

	if (rc == 0)
		rc = gm_merge_part_extras(merging);
	if (rc == 0)
		rc = gm_merge_join(merging);
	if (rc == 0)
		rc = gm_merge_decide(merging);
	if (rc == 0)
		rc = gm_merge_place(merging);
	if (rc == 0 && !merging->options->no_tree)
		rc = gm_merge_write(out, merging);
	return rc < 0 ? rc : see_the_rest(merging);
}

/* One of the trees is the result as it is; what differs is only told. */
static int take_tree(
	struct gm_oid *out, struct gm_merging *merging, const struct gm_oid *tree)
{
	int rc = merging->options->only_both ? 0 : gm_merge_collect(merging);

	if (rc == 0)
		rc = gm_merge_decide(merging);
	if (rc == 0)
		rc = see_the_rest(merging);
	if (rc == 0)
		*out = *tree;
	return rc;
}

static enum gm_merge_favour favour_of(enum gm_merge_strategy strategy)
{
	switch (strategy) {
	case GM_STRATEGY_OURS:
		return GM_FAVOUR_OURS;
	case GM_STRATEGY_THEIRS:
		return GM_FAVOUR_THEIRS;
	case GM_STRATEGY_AUTO:
	case GM_STRATEGY_MANUAL:
		break;
	}
	return GM_FAVOUR_NONE;
}

static struct gm_oid tree_or_empty(const struct gm_oid *tree)
{
	return gm_oid_is_zero(tree) ? gm_oid_empty_tree : *tree;
}

static int try_merge(struct gm_tree_merge *out, bool *must_see_out,
	const struct gm_merging *how, bool sees_all)
{
	gm_cleanup(merging_dispose) struct gm_merging merging = *how;
	gm_autotreemerge merge = GM_TREE_MERGE_INIT;
	const struct gm_oid *trivial = find_trivial(&merging);

	merging.sees_all = sees_all;
	int rc = trivial ? take_tree(&merge.tree, &merging, trivial)
			 : merge_trees(&merge.tree, &merging);
	*must_see_out = merging.must_see;
	if (rc == 0)
		rc = gm_merge_report(&merge, &merging);
	if (rc < 0)
		return rc;
	gm_tree_merge_dispose(out);
	*out = merge;
	merge = (struct gm_tree_merge)GM_TREE_MERGE_INIT;
	return 0;
}

int gm_trees_merge(struct gm_tree_merge *out, struct gm_batch *batch,
	const struct gm_oid *base, const struct gm_oid *ours, const struct gm_oid *theirs,
	const struct gm_tree_merge_options *options)
{
	static const struct gm_tree_merge_options automatic = {
		.strategy = GM_STRATEGY_AUTO};
	const struct gm_tree_merge_options *chosen = options ? options : &automatic;
	const struct gm_merging how = {.batch = batch,
		.options = chosen,
		.favour = favour_of(chosen->strategy),
		.trees = {tree_or_empty(base), tree_or_empty(ours),
			tree_or_empty(theirs)},
		.ids = GM_MAP_INIT(GM_UUID_TEXT)};
	bool must_see = false;
	int rc = try_merge(out, &must_see, &how, false);

	return rc < 0 && must_see ? try_merge(out, &must_see, &how, true) : rc;
}
