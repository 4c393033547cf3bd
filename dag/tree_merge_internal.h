/*
 * The steps of gm_trees_merge(), in this order: collect what differs, decide each memory and
 * file by itself, give each of them its place, write the tree.
 */
#ifndef GM_DAG_TREE_MERGE_INTERNAL_H
#define GM_DAG_TREE_MERGE_INTERNAL_H

#include "base/map.h"
#include "dag/tree_cache.h"
#include "dag/tree_changes.h"
#include "dag/tree_merge.h"
#include "dag/tree_three_way.h"

/* How many memories and files are merged at most; each takes some 400 bytes. */
#define GM_MERGE_MAX_ITEMS ((size_t)1 << 21)

/* A file as it stands on one side, or in the result. */
struct gm_merge_version {
	const char *path; /* lent by the merge; NULL: there is none */
	unsigned mode;
	struct gm_oid oid;
	bool is_apart; /* not in the side's tree: a second file, as it is to stand */
	bool is_known; /* these are of a record that was read: */
	bool is_home;  /* it lies where the path rule wants it */
	bool is_keyed;
	gm_time time; /* of its last edit */
};

/* One memory, or one file that is no record. */
struct gm_merge_item {
	char id[GM_UUID_TEXT]; /* "" for a file that is no record */
	struct gm_merge_version sides[GM_TREE_SIDES];
	struct gm_merge_version result; /* no path: nothing stands */
	enum gm_merge_what what;
	bool is_absorbed; /* it became one with another item */
	bool is_made;     /* a sibling or a file beside, that was on no side */
	bool is_broken;   /* lies where a record does, and is none */
	bool is_resolved;
	bool is_conflict; /* something had to give way that a person may want back */
	struct gm_merge_decision *fields;
	size_t n_fields;
	size_t sibling; /* 1 + the item of what gave way; 0: none */
	char *note;
};

/* A second file with the id of an item. */
struct gm_merge_extra {
	size_t item;
	enum gm_tree_side side;
	struct gm_merge_version version; /* without a path once it is another item's */
};

/* Two memories at one path that lie there on one side each. */
struct gm_merge_meeting {
	size_t ours;
	size_t theirs;
};

/* A sibling that is to be seen to when all is decided. */
struct gm_merge_sibling {
	size_t of;
	char id[GM_UUID_TEXT];
	struct gm_merge_version version;
};

/*
 * How many files that one side alone changed are looked at. Where more differ, those that are
 * called like memories are taken at their name's word, and whole folders of them unseen.
 */
#define GM_MERGE_LOOK ((size_t)64)

struct gm_merging {
	struct gm_batch *batch;
	const struct gm_tree_merge_options *options;
	enum gm_merge_favour favour;
	struct gm_oid trees[GM_TREE_SIDES];
	struct gm_strv paths;
	struct gm_tree_triple *found; /* files that differ, until they are items */
	size_t n_found, cap_found;
	size_t n_alone;                 /* of these, by one side alone */
	struct gm_tree_triple *folders; /* that one side alone changed, taken unseen */
	size_t n_folders, cap_folders;
	bool is_large;
	bool sees_all;     /* no folder is taken unseen */
	bool must_see;     /* something turned out to lie in a folder that was not seen */
	struct gm_map ids; /* of memories: id -> item */
	struct gm_merge_item *items;
	size_t n_items, cap_items;
	struct gm_merge_extra *extras;
	size_t n_extras, cap_extras;
	struct gm_merge_meeting *meetings;
	size_t n_meetings, cap_meetings;
	struct gm_merge_sibling *siblings;
	size_t n_siblings, cap_siblings;
	struct gm_tree_cache *lookups; /* NULL until there are any */
};

/* The steps. */
int gm_merge_collect(struct gm_merging *merging);
int gm_merge_see_folders(struct gm_merging *merging);
int gm_merge_part_extras(struct gm_merging *merging);
int gm_merge_join(struct gm_merging *merging);
int gm_merge_decide(struct gm_merging *merging);
int gm_merge_decide_alone(struct gm_merging *merging, size_t first);
int gm_merge_place(struct gm_merging *merging);
int gm_merge_write(struct gm_oid *out, struct gm_merging *merging);
int gm_merge_report(struct gm_tree_merge *out, struct gm_merging *merging);

/* Make items of what was found at one path. */
int gm_merge_add_found(struct gm_merging *merging, const struct gm_tree_triple *found);

/* Whether one side alone differs from the base there. */
bool gm_merge_is_alone(const struct gm_tree_triple *triple);

/* The folder taken unseen that a path is in, or is; NULL when there is none. */
const struct gm_tree_triple *gm_merge_find_folder(
	const struct gm_merging *merging, const char *path);

/* Fail for now: the merge is tried once more and sees all folders. */
int gm_merge_must_see(struct gm_merging *merging);

/* A new item; `*out` is its number. Numbers stay, pointers to items do not. */
int gm_merge_add_item(size_t *out, struct gm_merging *merging, const char *id);

/* Enter a second file with the id of an item. */
int gm_merge_add_extra(struct gm_merging *merging, size_t item, enum gm_tree_side side,
	const struct gm_merge_version *version);

/* Keep a path for as long as the merge. NULL when there is no memory. */
const char *gm_merge_keep_path(struct gm_merging *merging, const char *path);

/* Read a blob of at most GM_FILE_MERGE_MAX bytes; GM_ETOOBIG. */
int gm_merge_read(
	struct gm_buf *out, struct gm_merging *merging, const struct gm_oid *blob);

/* Read the record of a version. GM_EINVALID when it is none. */
int gm_merge_read_record(struct gm_record *out, struct gm_merging *merging,
	const struct gm_merge_version *version);

/* Note what is known of a version whose record was read. */
int gm_merge_know(struct gm_merge_version *version, const struct gm_record *record);

/* Write a record as a version at its own place; `mode` 0: that of a plain file. */
int gm_merge_write_record(struct gm_merge_version *out, struct gm_merging *merging,
	const struct gm_record *record, unsigned mode, const struct gm_oid *like);

/* Say something about an item, unless something was said before. */
int gm_merge_note(struct gm_merge_item *item, const char *fmt, ...) GM_PRINTF(2, 3);

/* Keep what gave way to item `of`: a record under its own new id, or a file beside its path. */
int gm_merge_keep_sibling(
	struct gm_merging *merging, size_t of, const struct gm_record *record);
int gm_merge_keep_beside(
	struct gm_merging *merging, size_t of, const struct gm_merge_version *version);

/* When all is decided: see that the siblings stand, also those that stood before. */
int gm_merge_add_siblings(struct gm_merging *merging);

/*
 * What all three trees have at a path: 1 with the file when it is the same in all of them, or a
 * folder when it is one in all; else 0.
 */
int gm_merge_find_untouched(
	struct gm_merge_version *out, struct gm_merging *merging, const char *path);

/* The path `version` goes to when something is in its place at the first `end` bytes. */
int gm_merge_aside(
	struct gm_buf *out, const struct gm_merge_version *version, size_t end);

/* What a person said about this item, or NULL. */
const struct gm_merge_resolution *gm_merge_find_resolution(
	const struct gm_merging *merging, const struct gm_merge_item *item);

#endif
