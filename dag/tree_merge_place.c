#include "dag/tree_merge_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/*
 * Giving each memory and file its place. Those that can least go elsewhere come first; whoever
 * comes later and finds its place taken, or a name on the way to it, gives way.
 */

/* How often one may give way before we call the trees hostile. */
#define MAX_TRIES 8

/* Who comes first. */
enum rank {
	RANK_UNKEYED, /* its place comes from its id: nobody else's is there */
	RANK_KEYED,
	RANK_STRAY, /* a record that is not at its own place; that is where it goes */
	RANK_FILE,
};

struct claim {
	size_t item;
	enum rank rank;
	bool is_favoured;
	bool is_made;
	gm_time time;
	const char *path;
	const char *id;
	struct gm_oid oid;
};

struct placing {
	struct gm_merging *merging;
	struct claim *claims;
	size_t n, cap;
	struct gm_map
		names; /* hash of a path or of a folder's -> who has it, see below */
	struct gm_map folded; /* hash of a folded one -> the item that spells it so */
	struct gm_buf scratch;
};

/* A name's value in the map: the item that had it first, and whether it is that item's file. */
#define NAME_VALUE(item, is_file) ((uint64_t)(item) << 1 | (is_file))

/* Nobody's: a folder that was taken unseen. */
#define UNSEEN_FOLDER (UINT64_MAX & ~(uint64_t)1)

/* What keeps an item from its place. */
struct block {
	size_t end;    /* behind the component of the path that is taken */
	size_t item;   /* who has it */
	bool is_known; /* `item` is one; else it is something that nobody changed */
};

static void placing_dispose(struct placing *placing)
{
	gm_free(placing->claims);
	gm_map_dispose(&placing->names);
	gm_map_dispose(&placing->folded);
	gm_buf_dispose(&placing->scratch);
}

static void hash_name(struct gm_oid *out, const char *path, size_t size)
{
	gm_object_hash(out, GM_OBJECT_BLOB, path, size);
}

static struct gm_merge_version *result_of(struct placing *placing, size_t item)
{
	return &placing->merging->items[item].result;
}

static enum rank rank_of(const struct gm_merge_item *item)
{
	if (!*item->id)
		return RANK_FILE;
	if (!item->result.is_home)
		return RANK_STRAY;
	return item->result.is_keyed ? RANK_KEYED : RANK_UNKEYED;
}

static bool is_from(const struct gm_merge_item *item, enum gm_tree_side side)
{
	const struct gm_merge_version *version = &item->sides[side];

	return version->path && item->result.path &&
		!strcmp(version->path, item->result.path);
}

/* Learn of a record what its rank depends on. */
static int know(struct gm_merging *merging, struct gm_merge_item *item)
{
	gm_autorecord record = GM_RECORD_INIT;

	if (!*item->id || item->result.is_known)
		return 0;
	int rc = gm_merge_read_record(&record, merging, &item->result);
	return rc < 0 ? rc : gm_merge_know(&item->result, &record);
}

static int add_claim(struct placing *placing, size_t at)
{
	struct gm_merging *merging = placing->merging;
	struct gm_merge_item *item = &merging->items[at];
	int rc = know(merging, item);

	if (rc == 0)
		rc = gm_grow(&placing->claims, &placing->cap, placing->n + 1,
			sizeof(*placing->claims));
	if (rc < 0)
		return rc;
	placing->claims[placing->n++] = (struct claim){.item = at,
		.rank = rank_of(item),
		.is_favoured = (merging->favour == GM_FAVOUR_OURS &&
				       is_from(item, GM_SIDE_OURS)) ||
			(merging->favour == GM_FAVOUR_THEIRS &&
				is_from(item, GM_SIDE_THEIRS)),
		.is_made = item->is_made,
		.time = item->result.time,
		.path = item->result.path,
		.id = item->id,
		.oid = item->result.oid};
	return 0;
}

/* The order of dag/record_merge.h: the later edit, then the greater blob id, wins. */
static int by_rank(const void *a, const void *b)
{
	const struct claim *x = a;
	const struct claim *y = b;
	int order = (int)x->rank - (int)y->rank;

	/* Deeper files come before one that is in the way of their folder. */
	if (!order && x->rank == RANK_FILE)
		order = strcmp(y->path, x->path);
	if (!order)
		order = y->is_favoured - x->is_favoured;
	if (!order)
		order = x->is_made - y->is_made;
	if (!order && x->time != y->time)
		order = x->time > y->time ? -1 : 1;
	if (!order)
		order = gm_oid_compare(&y->oid, &x->oid);
	if (!order)
		order = strcmp(x->id, y->id);
	return order ? order : strcmp(x->path, y->path);
}

/* Where the `n`th component of a path ends. */
static size_t component_end(const char *path, size_t n)
{
	const char *at = path;

	for (;;) {
		at += strcspn(at, "/");
		if (!n-- || !*at)
			return (size_t)(at - path);
		at++;
	}
}

/* 1 when a folder or file on the way, or the place itself, is taken by another item. */
static int find_claimed(struct block *out, struct placing *placing, const char *path)
{
	uint64_t value;

	for (size_t n = 0;; n++) {
		struct gm_oid name;
		size_t end = component_end(path, n);
		hash_name(&name, path, end);
		bool is_last = !path[end];
		if (gm_map_get(&value, &placing->names, &name) &&
			(is_last || value & 1)) {
			*out = (struct block){end, value >> 1, true};
			return 1;
		}
		if (is_last)
			return 0;
	}
}

static int fold(
	struct placing *placing, struct gm_oid *out, const char *path, size_t size)
{
	gm_buf_reset(&placing->scratch);
	int rc = gm_utf8_fold(&placing->scratch, path, size);
	if (rc == 0)
		hash_name(out, gm_buf_str(&placing->scratch), placing->scratch.size);
	return rc;
}

/* 1 when another memory's key, or a folder in it, looks like this one and is not the same. */
static int find_lookalike(struct block *out, struct placing *placing, const char *path)
{
	uint64_t other;

	for (size_t n = 0;; n++) {
		struct gm_oid name;
		size_t end = component_end(path, n);
		int rc = fold(placing, &name, path, end);
		if (rc < 0)
			return rc;
		if (gm_map_get(&other, &placing->folded, &name)) {
			const char *spelled = result_of(placing, other)->path;
			size_t other_end = component_end(spelled, n);
			if (other_end != end || memcmp(spelled, path, end) != 0) {
				*out = (struct block){end, other, true};
				return 1;
			}
		}
		if (!path[end])
			return 0;
	}
}

/* Make an item of what stands untouched in the place of one that comes before it. */
static int pull_in(struct placing *placing, const struct gm_merge_version *version)
{
	struct gm_merging *merging = placing->merging;
	gm_autorecord record = GM_RECORD_INIT;
	struct gm_merge_version known = *version;
	size_t at;
	int rc = gm_merge_read_record(&record, merging, version);
	bool is_record = rc == 0;

	if (rc == GM_EINVALID || rc == GM_ETOOBIG)
		rc = 0;
	if (rc == 0 && is_record)
		rc = gm_merge_know(&known, &record);
	known.path = gm_merge_keep_path(merging, version->path);
	if (rc == 0)
		rc = known.path ? gm_merge_add_item(&at, merging, record.id) : GM_ENOMEM;
	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	for (int i = 0; i < GM_TREE_SIDES; i++)
		item->sides[i] = known;
	item->result = known;
	item->what = GM_MERGE_MERGED;
	return add_claim(placing, at);
}

/*
 * 1 when something that nobody changed keeps an item from a place that is new to it. What can
 * go elsewhere itself is made to.
 */
static int find_untouched(struct block *out, struct placing *placing, size_t at)
{
	struct gm_merging *merging = placing->merging;
	const struct gm_merge_item *item = &merging->items[at];
	const char *path = item->result.path;

	if (is_from(item, GM_SIDE_OURS) || is_from(item, GM_SIDE_THEIRS))
		return 0;
	for (size_t n = 0;; n++) {
		gm_autofree char *prefix = gm_strndup(path, component_end(path, n));
		struct gm_merge_version there;
		if (!prefix)
			return GM_ENOMEM;
		size_t end = strlen(prefix);
		int rc = gm_merge_find_untouched(&there, merging, prefix);
		bool is_folder = rc > 0 && (there.mode & GM_MODE_TYPE) == GM_MODE_TREE;
		if (rc <= 0)
			return rc;
		if (is_folder && path[end])
			continue;
		if (is_folder || rank_of(item) == RANK_FILE) {
			*out = (struct block){.end = end};
			return 1;
		}
		return pull_in(placing, &there);
	}
}

static int find_block(struct block *out, struct placing *placing, size_t at)
{
	const struct gm_merge_item *item = &placing->merging->items[at];
	int rc = find_claimed(out, placing, item->result.path);

	if (rc == 0 && rank_of(item) == RANK_KEYED)
		rc = find_lookalike(out, placing, item->result.path);
	return rc ? rc : find_untouched(out, placing, at);
}

/* Enter the item's path, and the folders on the way. */
static int enter(struct placing *placing, size_t at)
{
	const struct gm_merge_item *item = &placing->merging->items[at];
	const char *path = item->result.path;
	bool is_keyed = rank_of(item) == RANK_KEYED;

	for (size_t n = 0;; n++) {
		struct gm_oid name;
		size_t end = component_end(path, n);
		bool is_last = !path[end];
		hash_name(&name, path, end);
		int rc = gm_map_put(&placing->names, &name, NAME_VALUE(at, is_last));
		if (rc == 0 && is_keyed)
			rc = fold(placing, &name, path, end);
		if (rc == 0 && is_keyed)
			rc = gm_map_put(&placing->folded, &name, at);
		if (rc < 0 || is_last)
			return rc;
	}
}

/* Write the item's record as it is now; it lies at its own place then. */
static int rewrite(
	struct gm_merging *merging, struct gm_merge_item *item, struct gm_record *record)
{
	struct gm_oid like = item->result.oid;
	int rc = gm_merge_write_record(
		&item->result, merging, record, item->result.mode, &like);

	if (rc == 0)
		memcpy(item->id, record->id, GM_UUID_TEXT);
	return rc;
}

/* A record has to go elsewhere: home, or without its key, or under another id. */
static int move_record(struct placing *placing, size_t at, const struct block *block)
{
	struct gm_merging *merging = placing->merging;
	struct gm_merge_item *item = &merging->items[at];
	const char *taker = block->is_known ? merging->items[block->item].id : "";
	gm_autorecord record = GM_RECORD_INIT;
	enum rank rank = rank_of(item);
	int rc = gm_merge_read_record(&record, merging, &item->result);

	if (rc < 0)
		return rc;
	if (rank == RANK_STRAY)
		rc = gm_merge_note(item, "moved to its own place");
	else if (rank == RANK_KEYED && *taker)
		rc = gm_merge_note(item, "its key went to %s", taker);
	else if (rank == RANK_KEYED)
		rc = gm_merge_note(item, "lost its key: a file is in its place");
	else
		rc = gm_merge_note(item, "a new id: something is in its place");
	if (rc == 0 && rank == RANK_KEYED)
		rc = gm_record_set_text(&record.key, NULL);
	if (rc == 0 && rank == RANK_UNKEYED)
		rc = gm_record_make_sibling(&record, item->id, &item->result.oid);
	return rc < 0 ? rc : rewrite(merging, item, &record);
}

static bool is_same_file(struct placing *placing, size_t at, const struct block *block)
{
	const struct gm_merge_version *version = result_of(placing, at);

	if (!block->is_known || version->path[block->end])
		return false;
	const struct gm_merge_version *other = result_of(placing, block->item);
	return !*placing->merging->items[block->item].id &&
		!strcmp(other->path, version->path) && other->mode == version->mode &&
		gm_oid_equal(&other->oid, &version->oid);
}

/* A file gives way to what needs its name. */
static int move_file(struct placing *placing, size_t at, const struct block *block)
{
	struct gm_merging *merging = placing->merging;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_merge_aside(&path, &merging->items[at].result, block->end);

	if (rc < 0)
		return rc;
	struct gm_merge_item *item = &merging->items[at];
	item->result.path = gm_merge_keep_path(merging, gm_buf_str(&path));
	if (!item->result.path)
		return GM_ENOMEM;
	return gm_merge_note(item, "kept beside: its name is taken");
}

/* A file that was kept beside before stands there for what is kept there now. */
static void share(struct placing *placing, size_t at, const struct block *block)
{
	struct gm_merging *merging = placing->merging;

	if (!merging->items[at].is_made)
		return;
	for (size_t i = 0; i < merging->n_items; i++)
		if (merging->items[i].sibling == at + 1)
			merging->items[i].sibling = block->item + 1;
	merging->items[at].result.path = NULL;
	merging->items[at].is_absorbed = true;
}

static int place(struct placing *placing, size_t at)
{
	struct gm_merging *merging = placing->merging;
	struct block block = {.end = 0};
	int rc;

	for (int i = 0; (rc = find_block(&block, placing, at)) > 0; i++) {
		bool is_file = !*merging->items[at].id;
		if (i == MAX_TRIES)
			return gm_error(GM_EEXISTS, "there is no place for '%s'",
				result_of(placing, at)->path);
		bool is_aside = i > 0 || merging->items[at].is_made;
		if (is_file && is_aside && is_same_file(placing, at, &block)) {
			share(placing, at, &block);
			return 0;
		}
		rc = is_file ? move_file(placing, at, &block)
			     : move_record(placing, at, &block);
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : enter(placing, at);
}

/* A folder that was taken unseen has its name like any other that is claimed. */
static int enter_folders(struct placing *placing)
{
	const struct gm_merging *merging = placing->merging;

	for (size_t i = 0; i < merging->n_folders; i++) {
		const char *path = merging->folders[i].path;
		struct gm_oid name;
		hash_name(&name, path, strlen(path));
		int rc = gm_map_put(&placing->names, &name, UNSEEN_FOLDER);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_merge_place(struct gm_merging *merging)
{
	gm_cleanup(placing_dispose) struct placing placing = {.merging = merging,
		.names = GM_MAP_INIT(GM_OID_SIZE),
		.folded = GM_MAP_INIT(GM_OID_SIZE),
		.scratch = GM_BUF_INIT(GM_BUF_TEXT)};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < merging->n_items; i++)
		if (merging->items[i].result.path)
			rc = add_claim(&placing, i);
	if (rc < 0 || !placing.n)
		return rc;
	rc = enter_folders(&placing);
	qsort(placing.claims, placing.n, sizeof(*placing.claims), by_rank);
	/* What is pulled in on the way comes last. */
	for (size_t i = 0; rc == 0 && i < placing.n; i++)
		rc = place(&placing, placing.claims[i].item);
	return rc;
}
