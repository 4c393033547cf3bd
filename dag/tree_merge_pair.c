#include "dag/tree_merge_internal.h"

#include <string.h>

#include "dag/path_rule.h"

/*
 * Which files make one item where ids alone do not tell: second files with an id become items of
 * their own, and two memories that were made under one key become one.
 */

/* Whether the version is known, reading its record if it must be. */
static int know(struct gm_merging *merging, struct gm_merge_version *version)
{
	gm_autorecord record = GM_RECORD_INIT;
	int rc = version->is_known ? 0 : gm_merge_read_record(&record, merging, version);

	if (rc < 0 || version->is_known)
		return rc == GM_EINVALID || rc == GM_ETOOBIG ? 0 : rc;
	return gm_merge_know(version, &record);
}

/* The memory is at its own place; else where it was; else at the path that comes first. */
static bool comes_before(const struct gm_merge_version *a,
	const struct gm_merge_version *b, const struct gm_merge_version *base)
{
	if (a->is_home != b->is_home)
		return a->is_home;
	bool a_stays = base->path && !strcmp(a->path, base->path);
	bool b_stays = base->path && !strcmp(b->path, base->path);
	if (a_stays != b_stays)
		return a_stays;
	return strcmp(a->path, b->path) < 0;
}

/* Have the item's own file be the one that is the memory. */
static int choose(struct gm_merging *merging, struct gm_merge_extra *extra)
{
	struct gm_merge_item *item = &merging->items[extra->item];
	struct gm_merge_version *own = &item->sides[extra->side];
	int rc = know(merging, own);

	if (rc == 0)
		rc = know(merging, &extra->version);
	if (rc < 0 || !comes_before(&extra->version, own, &item->sides[GM_SIDE_BASE]))
		return rc;
	struct gm_merge_version other = *own;
	*own = extra->version;
	extra->version = other;
	return 0;
}

/* What the name of its file passed off as a record of this id. */
static int add_unreadable(struct gm_merging *merging, struct gm_merge_extra *extra)
{
	size_t at;
	int rc = gm_merge_add_item(&at, merging, "");

	if (rc < 0)
		return rc;
	merging->items[at].sides[extra->side] = extra->version;
	extra->version.path = NULL;
	return 0;
}

/* Make the extra file a memory with the id of a sibling, at the place that goes with it. */
static int part(struct gm_merging *merging, struct gm_merge_extra *extra)
{
	gm_autorecord record = GM_RECORD_INIT;
	char id[GM_UUID_TEXT];
	struct gm_merge_version version;
	uint64_t known;
	size_t at;
	int rc = gm_merge_read_record(&record, merging, &extra->version);

	memcpy(id, merging->items[extra->item].id, GM_UUID_TEXT);
	if (rc == GM_EINVALID || rc == GM_ETOOBIG)
		return add_unreadable(merging, extra);
	if (rc == 0)
		rc = gm_record_make_sibling(&record, id, &extra->version.oid);
	if (rc == 0)
		rc = gm_merge_write_record(&version, merging, &record,
			extra->version.mode, &extra->version.oid);
	if (rc < 0)
		return rc;
	if (gm_map_get(&known, &merging->ids, record.id))
		at = known;
	else
		rc = gm_merge_add_item(&at, merging, record.id);
	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	version.is_apart = true;
	if (!item->sides[extra->side].path)
		item->sides[extra->side] = version;
	return gm_merge_note(item, "was a second file with the id %s", id);
}

/* Have `there`, which nobody touched, be the memory, and what the sides have its copies. */
static int make_copies(
	struct gm_merging *merging, size_t at, const struct gm_merge_version *there)
{
	for (int side = 0; side < GM_TREE_SIDES; side++) {
		struct gm_merge_version *own = &merging->items[at].sides[side];
		int rc = own->path
			? gm_merge_add_extra(merging, at, (enum gm_tree_side)side, own)
			: 0;
		if (rc < 0)
			return rc;
		*own = *there;
	}
	return 0;
}

/* 1 when a memory with this record's id lies untouched where the record belongs. */
static int find_at_home(struct gm_merge_version *out, struct gm_merging *merging,
	const struct gm_record *record)
{
	gm_autobuf home = GM_BUF_INIT(GM_BUF_PATH);
	gm_autorecord there = GM_RECORD_INIT;
	int rc = gm_record_path(&home, record);

	if (rc == 0)
		rc = gm_merge_find_untouched(out, merging, gm_buf_str(&home));
	if (rc <= 0)
		return rc;
	rc = gm_merge_read_record(&there, merging, out);
	if (rc < 0 || strcmp(there.id, record->id) != 0)
		return rc == GM_EINVALID || rc == GM_ETOOBIG ? 0 : rc;
	out->path = gm_merge_keep_path(merging, out->path);
	if (!out->path)
		return GM_ENOMEM;
	rc = gm_merge_know(out, &there);
	return rc < 0 ? rc : 1;
}

/*
 * 1 when a new record is a copy of one that nobody touched: when it is not at its own place, of
 * the one there; when it has got a key, of one without. (One with another key cannot be found
 * without looking at them all.)
 */
static int is_copy(struct gm_merge_version *out, struct gm_merging *merging,
	const struct gm_merge_version *new)
{
	gm_autorecord record = GM_RECORD_INIT;

	if (!new->path || !new->is_known || (new->is_home && !new->is_keyed))
		return 0;
	int rc = gm_merge_read_record(&record, merging, new);
	if (rc == 0 && !new->is_home)
		rc = find_at_home(out, merging, &record);
	if (rc == 0 && record.key)
		rc = gm_record_set_text(&record.key, NULL);
	if (rc == 0 && new->is_keyed)
		rc = find_at_home(out, merging, &record);
	return rc;
}

/* Both sides may have made a copy; either may lead to the original. */
static int find_original(struct gm_merging *merging, size_t at)
{
	const struct gm_merge_version *sides = merging->items[at].sides;
	struct gm_merge_version ours, theirs;

	if (sides[GM_SIDE_BASE].path)
		return 0;
	int by_ours = is_copy(&ours, merging, &sides[GM_SIDE_OURS]);
	if (by_ours < 0)
		return by_ours;
	int by_theirs = is_copy(&theirs, merging, &sides[GM_SIDE_THEIRS]);
	if (by_theirs < 0 || (!by_ours && !by_theirs))
		return by_theirs;
	bool take_ours = by_ours && (!by_theirs || strcmp(ours.path, theirs.path) <= 0);
	return make_copies(merging, at, take_ours ? &ours : &theirs);
}

int gm_merge_part_extras(struct gm_merging *merging)
{
	size_t n = merging->n_items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = find_original(merging, i);
	/* The base first: the other sides look where the memory was. */
	for (int side = 0; side < GM_TREE_SIDES; side++)
		for (size_t i = 0; rc == 0 && i < merging->n_extras; i++)
			if ((int)merging->extras[i].side == side)
				rc = choose(merging, &merging->extras[i]);
	for (size_t i = 0; rc == 0 && i < merging->n_extras; i++)
		rc = part(merging, &merging->extras[i]);
	return rc;
}

/* Whether a memory is new on this side, and on no other. */
static bool is_made_on(const struct gm_merge_item *item, enum gm_tree_side side)
{
	for (int i = 0; i < GM_TREE_SIDES; i++)
		if (!item->sides[i].path == (i == (int)side))
			return false;
	return item->sides[side].is_keyed && item->sides[side].is_home;
}

int gm_merge_join(struct gm_merging *merging)
{
	for (size_t i = 0; i < merging->n_meetings; i++) {
		const struct gm_merge_meeting *meeting = &merging->meetings[i];
		struct gm_merge_item *ours = &merging->items[meeting->ours];
		struct gm_merge_item *theirs = &merging->items[meeting->theirs];
		if (!is_made_on(ours, GM_SIDE_OURS) ||
			!is_made_on(theirs, GM_SIDE_THEIRS) ||
			strcmp(ours->sides[GM_SIDE_OURS].path,
				theirs->sides[GM_SIDE_THEIRS].path) != 0)
			continue;
		bool our_id = strcmp(ours->id, theirs->id) < 0;
		struct gm_merge_item *one = our_id ? ours : theirs;
		struct gm_merge_item *other = our_id ? theirs : ours;
		int rc = gm_merge_note(one, "became one with %s", other->id);
		if (rc < 0)
			return rc;
		one->sides[GM_SIDE_OURS] = ours->sides[GM_SIDE_OURS];
		one->sides[GM_SIDE_THEIRS] = theirs->sides[GM_SIDE_THEIRS];
		other->is_absorbed = true;
		/* The file at their path is that of the one; nobody is to remove it. */
		other->sides[GM_SIDE_OURS].path = NULL;
		other->sides[GM_SIDE_THEIRS].path = NULL;
	}
	return 0;
}
