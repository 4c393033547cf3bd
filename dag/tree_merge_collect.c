#include "dag/tree_merge_internal.h"

#include <string.h>

#include "dag/file_merge.h"
#include "dag/path_rule.h"

/* What is found at one path. */
struct find {
	struct gm_merge_version versions[GM_TREE_SIDES];
	char ids[GM_TREE_SIDES][GM_UUID_TEXT]; /* "" when it is no record */
	bool is_broken;
	bool is_trusted; /* the name of the file says what it is */
	bool doubts_base;
};

static bool is_plain(unsigned mode)
{
	return (mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE);
}

/* "memories/YYYY/MM-DD/h/ID.md" with the right h, as the path rule makes it. */
static bool is_named_by_rule(char id[GM_UUID_TEXT], const char *path)
{
	static const char shape[] = "memories/0000/00-00/x/";
	size_t i = 0;

	for (; shape[i]; i++) {
		bool fits = shape[i] == '0' ? path[i] >= '0' && path[i] <= '9'
			: shape[i] == 'x' ? path[i] && strchr("0123456789abcdef", path[i])
					  : path[i] == shape[i];
		if (!fits)
			return false;
	}
	return !strchr(path + i, '/') && gm_path_id(id, path) &&
		!strncmp(path + i, id, GM_UUID_TEXT - 1);
}

static void trust(struct find *find, enum gm_tree_side side)
{
	find->versions[side].is_known = true;
	find->versions[side].is_home = true;
}

/*
 * Find the id of the version on one side. The name of the file is trusted for the base and for
 * what is still as in the base: it pairs them all the same, and nothing is taken from them;
 * unless a side has something there that is no record, for then the base may be none either.
 * Where much differs it is also trusted for what one side alone changed.
 */
static int identify(struct find *find, struct gm_merging *merging, enum gm_tree_side side)
{
	struct gm_merge_version *version = &find->versions[side];
	gm_autorecord record = GM_RECORD_INIT;

	if (!version->path || !is_plain(version->mode) ||
		!gm_path_may_be_record(version->path))
		return 0;
	if (side == GM_SIDE_BASE && !find->doubts_base &&
		gm_path_id(find->ids[side], version->path))
		return 0;
	if (find->is_trusted && is_named_by_rule(find->ids[side], version->path)) {
		trust(find, side);
		return 0;
	}
	find->ids[side][0] = '\0';
	int rc = gm_merge_read_record(&record, merging, version);
	if (rc == GM_EINVALID || rc == GM_ETOOBIG) {
		find->is_broken = true;
		return 0;
	}
	if (rc < 0)
		return rc;
	memcpy(find->ids[side], record.id, GM_UUID_TEXT);
	return gm_merge_know(version, &record);
}

static int identify_sides(struct find *find, struct gm_merging *merging)
{
	for (int i = 0; i < GM_TREE_SIDES; i++) {
		struct gm_merge_version *version = &find->versions[i];
		int same = 0;
		while (same < i &&
			(version->mode != find->versions[same].mode ||
				!gm_oid_equal(&version->oid, &find->versions[same].oid)))
			same++;
		if (same < i) {
			*version = find->versions[same];
			memcpy(find->ids[i], find->ids[same], GM_UUID_TEXT);
			continue;
		}
		int rc = identify(find, merging, (enum gm_tree_side)i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int identify_all(struct find *find, struct gm_merging *merging)
{
	int rc = identify_sides(find, merging);

	if (rc < 0 || !find->is_broken)
		return rc;
	find->doubts_base = true;
	memset(find->ids, 0, sizeof(find->ids));
	return identify_sides(find, merging);
}

int gm_merge_add_extra(struct gm_merging *merging, size_t item, enum gm_tree_side side,
	const struct gm_merge_version *version)
{
	int rc = gm_grow(&merging->extras, &merging->cap_extras, merging->n_extras + 1,
		sizeof(*merging->extras));

	if (rc == 0)
		merging->extras[merging->n_extras++] =
			(struct gm_merge_extra){item, side, *version};
	return rc;
}

/* Enter the record that one side has at this path; `*out` is its item. */
static int add_record(size_t *out, struct gm_merging *merging, const struct find *find,
	enum gm_tree_side side)
{
	const struct gm_merge_version *version = &find->versions[side];
	const char *id = find->ids[side];
	uint64_t at;
	int rc = 0;

	if (gm_map_get(&at, &merging->ids, id))
		*out = at;
	else
		rc = gm_merge_add_item(out, merging, id);
	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[*out];
	if (item->sides[side].path)
		return gm_merge_add_extra(merging, *out, side, version);
	item->sides[side] = *version;
	return 0;
}

static bool is_file(const struct find *find, enum gm_tree_side side)
{
	return find->versions[side].path && !*find->ids[side];
}

/*
 * Enter the files here that are no records. A record that both sides broke is what their texts
 * have in common.
 */
static int add_files(struct gm_merging *merging, const struct find *find)
{
	bool both = is_file(find, GM_SIDE_OURS) && is_file(find, GM_SIDE_THEIRS);
	bool any = false;
	size_t at;

	for (int i = 0; i < GM_TREE_SIDES; i++)
		any |= is_file(find, (enum gm_tree_side)i);
	if (!any)
		return 0;
	int rc = gm_merge_add_item(&at, merging, "");
	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	for (int i = 0; i < GM_TREE_SIDES; i++)
		if (is_file(find, (enum gm_tree_side)i) || (both && i == GM_SIDE_BASE))
			item->sides[i] = find->versions[i];
	item->is_broken = find->is_broken;
	return 0;
}

static int add_meeting(struct gm_merging *merging, size_t ours, size_t theirs)
{
	int rc = gm_grow(&merging->meetings, &merging->cap_meetings,
		merging->n_meetings + 1, sizeof(*merging->meetings));

	if (rc == 0)
		merging->meetings[merging->n_meetings++] =
			(struct gm_merge_meeting){ours, theirs};
	return rc;
}

int gm_merge_add_found(struct gm_merging *merging, const struct gm_tree_triple *found)
{
	struct find find = {.is_trusted = merging->is_large && gm_merge_is_alone(found)};
	size_t items[GM_TREE_SIDES] = {0};

	for (int i = 0; i < GM_TREE_SIDES; i++)
		if (found->mode[i])
			find.versions[i] = (struct gm_merge_version){.path = found->path,
				.mode = found->mode[i],
				.oid = found->oid[i]};
	int rc = identify_all(&find, merging);
	for (int i = 0; rc == 0 && i < GM_TREE_SIDES; i++)
		if (*find.ids[i])
			rc = add_record(&items[i], merging, &find, (enum gm_tree_side)i);
	if (rc == 0)
		rc = add_files(merging, &find);
	if (rc < 0)
		return rc;
	const char *ours = find.ids[GM_SIDE_OURS], *theirs = find.ids[GM_SIDE_THEIRS];
	if (!*ours || !*theirs || !strcmp(ours, theirs))
		return 0;
	return add_meeting(merging, items[GM_SIDE_OURS], items[GM_SIDE_THEIRS]);
}
