#include "dag/tree_merge_internal.h"

#include <string.h>

#include "dag/file_merge.h"
#include "dag/path_rule.h"

static bool same(const struct gm_merge_version *a, const struct gm_merge_version *b)
{
	if (!a->path || !b->path)
		return a->path == b->path;
	return a->mode == b->mode && gm_oid_equal(&a->oid, &b->oid) &&
		(a->path == b->path || !strcmp(a->path, b->path));
}

static bool is_plain(const struct gm_merge_version *version)
{
	return (version->mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE);
}

/* The mode of the side that changed it; of two changes the one with more rights. */
static unsigned merge_modes(const struct gm_merge_item *item)
{
	unsigned base = item->sides[GM_SIDE_BASE].path && is_plain(item->sides)
		? item->sides[GM_SIDE_BASE].mode
		: 0;
	unsigned ours = item->sides[GM_SIDE_OURS].mode;
	unsigned theirs = item->sides[GM_SIDE_THEIRS].mode;

	if (ours == base)
		return theirs;
	if (theirs == base)
		return ours;
	return ours > theirs ? ours : theirs;
}

/* Read a side's bytes; NULL in `*out` when it has none that can be merged. */
static int read_side(const struct gm_text **out, struct gm_text *text,
	struct gm_buf *bytes, struct gm_merging *merging,
	const struct gm_merge_version *version)
{
	*out = NULL;
	if (!version->path || !is_plain(version))
		return 0;
	int rc = gm_merge_read(bytes, merging, &version->oid);
	if (rc == GM_ETOOBIG)
		return 0;
	if (rc < 0)
		return rc;
	*text = (struct gm_text){gm_buf_str(bytes), bytes->size};
	*out = text;
	return 0;
}

static bool is_rule(const char *field)
{
	static const char *const settled[] = {
		"created", "id", "importance", "scope", "updated", "valid_until"};

	for (size_t i = 0; i < sizeof(settled) / sizeof(*settled); i++)
		if (!strcmp(settled[i], field))
			return true;
	return false;
}

/* A value gave way for no better reason than that one had to. */
static bool has_lost(const struct gm_record_merge *merge)
{
	for (size_t i = 0; i < merge->n_decisions; i++)
		if (merge->decisions[i].lost && !is_rule(merge->decisions[i].field))
			return true;
	return false;
}

static int take_record(
	struct gm_merging *merging, size_t at, struct gm_record_merge *merge)
{
	struct gm_merge_item *item = &merging->items[at];
	bool manual = merging->options->strategy == GM_STRATEGY_MANUAL;
	int rc = gm_merge_write_record(&item->result, merging, &merge->merged,
		merge_modes(item), &item->sides[GM_SIDE_OURS].oid);

	if (rc < 0)
		return rc;
	/* Two memories become one under the smaller id, or else the winner's. */
	memcpy(item->id, merge->merged.id, GM_UUID_TEXT);
	item->is_conflict = merge->has_sibling || (manual && has_lost(merge));
	item->what = item->is_conflict ? GM_MERGE_CONFLICT : GM_MERGE_MERGED;
	item->n_fields = merge->n_decisions;
	item->fields = gm_steal(&merge->decisions);
	merge->n_decisions = 0;
	return merge->has_sibling ? gm_merge_keep_sibling(merging, at, &merge->sibling)
				  : 0;
}

/* Where a file that both have stays: there is one path unless it is a record. */
static int take_file(
	struct gm_merging *merging, size_t at, const struct gm_file_merge *merge)
{
	struct gm_merge_item *item = &merging->items[at];

	item->result = item->sides[GM_SIDE_OURS];
	item->result.mode = merge_modes(item);
	item->result.is_known = false;
	item->what = GM_MERGE_MERGED;
	return gm_batch_write_based(&item->result.oid, merging->batch, GM_OBJECT_BLOB,
		gm_buf_str(&merge->bytes), merge->bytes.size,
		&item->sides[GM_SIDE_OURS].oid);
}

/* One stays as it is. Unless a side is favoured, the other one is kept beside it. */
static int take_one(struct gm_merging *merging, size_t at)
{
	struct gm_merge_item *item = &merging->items[at];
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];
	const struct gm_merge_version *theirs = &item->sides[GM_SIDE_THEIRS];
	int order = gm_oid_compare(&ours->oid, &theirs->oid);
	bool take_ours = order ? order > 0 : ours->mode > theirs->mode;

	if (merging->favour != GM_FAVOUR_NONE) {
		take_ours = merging->favour == GM_FAVOUR_OURS;
		item->result = *(take_ours ? ours : theirs);
		item->what = take_ours ? GM_MERGE_OURS : GM_MERGE_THEIRS;
		return 0;
	}
	item->result = *(take_ours ? ours : theirs);
	item->what = GM_MERGE_CONFLICT;
	item->is_conflict = true;
	struct gm_merge_version lost = *(take_ours ? theirs : ours);
	return gm_merge_keep_beside(merging, at, &lost);
}

static bool is_same_file(
	const struct gm_merge_version *a, const struct gm_merge_version *b)
{
	return is_plain(a) && gm_oid_equal(&a->oid, &b->oid) && !strcmp(a->path, b->path);
}

/* Both changed it, each in its own way. */
static int merge_both(struct gm_merging *merging, size_t at)
{
	struct gm_merge_item *item = &merging->items[at];
	struct gm_merge_version *sides = item->sides;
	gm_autofilemerge merge = GM_FILE_MERGE_INIT;
	gm_autobuf base = GM_BUF_INIT(GM_FILE_MERGE_MAX);
	gm_autobuf ours = GM_BUF_INIT(GM_FILE_MERGE_MAX);
	gm_autobuf theirs = GM_BUF_INIT(GM_FILE_MERGE_MAX);
	struct gm_text texts[GM_TREE_SIDES];
	struct gm_file_merge_input input = {
		.may_be_records = *item->id, .favour = merging->favour};

	if (is_plain(&sides[GM_SIDE_THEIRS]) &&
		is_same_file(&sides[GM_SIDE_OURS], &sides[GM_SIDE_THEIRS])) {
		item->result = sides[GM_SIDE_OURS];
		item->result.mode = merge_modes(item);
		item->what = GM_MERGE_MERGED;
		return 0;
	}
	int rc = read_side(&input.base, &texts[0], &base, merging, &sides[GM_SIDE_BASE]);
	if (rc == 0)
		rc = read_side(
			&input.ours, &texts[1], &ours, merging, &sides[GM_SIDE_OURS]);
	if (rc == 0)
		rc = read_side(&input.theirs, &texts[2], &theirs, merging,
			&sides[GM_SIDE_THEIRS]);
	if (rc == 0 && input.ours && input.theirs)
		rc = gm_file_merge(&merge, &input);
	if (rc < 0)
		return rc;
	if (!input.ours || !input.theirs)
		return take_one(merging, at);
	if (merge.is_record)
		return take_record(merging, at, &merge.record);
	return merge.conflict ? take_one(merging, at) : take_file(merging, at, &merge);
}

/* One side removed it, the other one changed it or only moved it. */
static int keep(struct gm_merge_item *item)
{
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];

	item->result = ours->path ? *ours : item->sides[GM_SIDE_THEIRS];
	item->what = GM_MERGE_KEPT;
	return 0;
}

static int take_bytes(struct gm_merging *merging, struct gm_merge_item *item,
	const struct gm_merge_resolution *resolution)
{
	gm_autorecord record = GM_RECORD_INIT;
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];
	const struct gm_merge_version *any =
		ours->path ? ours : &item->sides[GM_SIDE_THEIRS];
	unsigned mode = is_plain(any) ? any->mode : GM_MODE_FILE;

	item->what = GM_MERGE_MERGED;
	if (!*item->id) {
		item->result = (struct gm_merge_version){.path = any->path, .mode = mode};
		return gm_batch_write(&item->result.oid, merging->batch, GM_OBJECT_BLOB,
			resolution->bytes, resolution->size);
	}
	int rc = gm_record_decode(&record, resolution->bytes, resolution->size);
	if (rc == 0 && strcmp(record.id, item->id) != 0)
		rc = gm_error(GM_EINVALID, "the id is '%s'", record.id);
	if (rc < 0)
		return gm_error_prefix("no resolution for '%s'", item->id);
	return gm_merge_write_record(
		&item->result, merging, &record, mode, any->path ? &any->oid : NULL);
}

static int take_side(struct gm_merging *merging, struct gm_merge_item *item, bool ours)
{
	gm_autorecord record = GM_RECORD_INIT;

	item->result = item->sides[ours ? GM_SIDE_OURS : GM_SIDE_THEIRS];
	item->what = !item->result.path ? GM_MERGE_REMOVED
		: ours                  ? GM_MERGE_OURS
					: GM_MERGE_THEIRS;
	if (!item->result.path || !*item->id)
		return 0;
	/* Of two memories that became one it may be either. */
	int rc = gm_merge_read_record(&record, merging, &item->result);
	if (rc == 0)
		memcpy(item->id, record.id, GM_UUID_TEXT);
	return rc;
}

static int resolve(struct gm_merging *merging, struct gm_merge_item *item,
	const struct gm_merge_resolution *resolution)
{
	item->is_resolved = true;
	if (resolution->take == GM_TAKE_BYTES)
		return take_bytes(merging, item, resolution);
	return take_side(merging, item, resolution->take == GM_TAKE_OURS);
}

static void take_alone(struct gm_merge_item *item, enum gm_tree_side side)
{
	static const enum gm_merge_what whats[] = {
		[GM_SIDE_BASE] = GM_MERGE_SAME,
		[GM_SIDE_OURS] = GM_MERGE_OURS,
		[GM_SIDE_THEIRS] = GM_MERGE_THEIRS,
	};
	const struct gm_merge_version *version =
		&item->sides[side == GM_SIDE_BASE ? GM_SIDE_OURS : side];

	item->result = *version;
	item->what = version->path ? whats[side] : GM_MERGE_REMOVED;
}

static int decide(struct gm_merging *merging, size_t at)
{
	struct gm_merge_item *item = &merging->items[at];
	const struct gm_merge_version *base = &item->sides[GM_SIDE_BASE];
	const struct gm_merge_version *ours = &item->sides[GM_SIDE_OURS];
	const struct gm_merge_version *theirs = &item->sides[GM_SIDE_THEIRS];
	bool both_same = same(ours, theirs);

	if (item->is_absorbed)
		return 0;
	if (both_same || same(ours, base) || same(theirs, base)) {
		take_alone(item,
			both_same                  ? GM_SIDE_BASE
				: same(ours, base) ? GM_SIDE_THEIRS
						   : GM_SIDE_OURS);
		return 0;
	}
	const struct gm_merge_resolution *resolution =
		gm_merge_find_resolution(merging, item);
	if (resolution)
		return resolve(merging, item, resolution);
	return ours->path && theirs->path ? merge_both(merging, at) : keep(item);
}

int gm_merge_decide(struct gm_merging *merging)
{
	size_t n = merging->n_items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = decide(merging, i);
		struct gm_merge_item *item = &merging->items[i];
		if (rc == 0 && item->is_broken && item->result.path &&
			gm_path_may_be_record(item->result.path))
			rc = gm_merge_note(item, "no record: kept as a file");
	}
	return rc < 0 ? rc : gm_merge_add_siblings(merging);
}

int gm_merge_decide_alone(struct gm_merging *merging, size_t first)
{
	for (size_t i = first; i < merging->n_items; i++) {
		struct gm_merge_item *item = &merging->items[i];
		const struct gm_merge_version *sides = item->sides;
		take_alone(item,
			same(&sides[GM_SIDE_OURS], &sides[GM_SIDE_BASE]) ? GM_SIDE_THEIRS
									 : GM_SIDE_OURS);
	}
	return 0;
}
