/*
 * Three-way merge of trees, memory by memory.
 *
 * Memories are paired by their id, wherever they lie; every other file by its path. What
 * changed on one side only is taken as it is. Where both sides changed
 *
 *   a memory        its record is merged, field by field (dag/record_merge.h), and lies where
 *                   the path rule puts it; a text that gives way becomes a sibling
 *   another file    it is merged by lines; where that conflicts, or it is no text, the greater
 *                   blob id stays and the other file is kept beside it, as "PATH~" followed by
 *                   the first twelve digits of its blob
 *   and one removed what the other one changed or moved, it stays
 *
 * Two memories that were made on the two sides under one key become one. Otherwise, of two that
 * want one key (or keys that look alike) the winner keeps it and the other one loses it. A file
 * in the way of a memory or a folder goes aside. Of two files with one id in one tree the one
 * at its own place is the memory; the other becomes one with the id of a sibling. A record that
 * somebody broke is a file like any other. So nothing that anybody wrote is dropped.
 *
 * Where more than some dozens of files were changed by one side alone, those that are called as
 * the path rule calls memories are taken to be what their names say; whole folders of them are
 * not even looked into. What somebody did there by hand stays as that side has it.
 *
 * The result is a function of the three trees, the strategy and the resolutions: equal inputs
 * give equal trees everywhere, and swapping the sides gives the same tree (and swaps "ours" and
 * "theirs" in the report). The cost is what differs between the three, not what there is.
 */
#ifndef GM_DAG_TREE_MERGE_H
#define GM_DAG_TREE_MERGE_H

#include "dag/record_merge.h"
#include "objstore/store.h"

enum gm_merge_strategy {
	GM_STRATEGY_AUTO,
	GM_STRATEGY_OURS,   /* in a conflict our value stands, and there is no sibling */
	GM_STRATEGY_THEIRS, /* theirs does */
	GM_STRATEGY_MANUAL, /* conflicts are for a person to settle */
};

/* What a person said about one conflict; it counts with every strategy. */
struct gm_merge_resolution {
	const char *name; /* the memory's id; of any other file, its path */
	enum gm_resolution_take {
		GM_TAKE_OURS, /* that version as it is, or nothing where it was removed */
		GM_TAKE_THEIRS,
		GM_TAKE_BYTES,
	} take;
	const char *bytes; /* of a memory, a record with its id */
	size_t size;
};

struct gm_tree_merge_options {
	enum gm_merge_strategy strategy;
	const struct gm_merge_resolution *resolutions;
	size_t n_resolutions;
	bool no_tree;   /* do not write the merged tree: `tree` is then zero */
	bool only_both; /* report nothing that is as one side alone made it: much faster */
};

/* What became of one memory or file that differs between the three trees. */
struct gm_merge_entry {
	char id[GM_UUID_TEXT]; /* "" for a file that is no record */
	char *path;            /* in the merged tree; where it was, when it is gone */
	enum gm_merge_what what;
	bool resolved;                            /* a resolution settled it */
	struct gm_oid base, ours, theirs, merged; /* blobs; zero where there is none */
	struct gm_merge_decision *fields;         /* of a record both changed */
	size_t n_fields;
	char sibling[GM_UUID_TEXT]; /* "": none */
	char *sibling_path; /* of the sibling, or of the file kept beside; or NULL */
	char *note;         /* "its key went to ID", ...; or NULL */
};

struct gm_tree_merge {
	struct gm_oid tree;
	struct gm_merge_entry *entries; /* by path, then by id */
	size_t n;
	/*
	 * GM_MERGE_CONFLICT: with the strategy manual those nobody has settled yet (they stand
	 * in `tree` as by auto), else those that made a sibling or a file beside.
	 */
	size_t n_conflicts;
};

#define GM_TREE_MERGE_INIT               \
	{                                \
		.entries = NULL, .n = 0, \
	}
#define gm_autotreemerge gm_cleanup(gm_tree_merge_dispose) struct gm_tree_merge
void gm_tree_merge_dispose(struct gm_tree_merge *merge);

/*
 * Merge `ours` and `theirs`, which both came of `base` (zero: of nothing); `out` is replaced.
 * The trees may be in the batch, and what is new is written to it: to commit it is for the
 * caller, who may just as well drop it. `options` NULL: auto.
 *
 * GM_EINVALID when the bytes of a resolution are no record with that id; GM_ETOOBIG for trees
 * that differ in more files than anybody could merge; GM_EMISMATCH when an object that is
 * needed is damaged.
 */
int gm_trees_merge(struct gm_tree_merge *out, struct gm_batch *batch,
	const struct gm_oid *base, const struct gm_oid *ours, const struct gm_oid *theirs,
	const struct gm_tree_merge_options *options);

/*
 * The base for a merge of two commits: the tree of their best common ancestor; of several, what
 * those come to when they are merged with each other, the oldest first, as git does. It may be
 * in the batch. GM_ENOTFOUND for unrelated histories.
 */
int gm_merge_base_tree(struct gm_oid *out, struct gm_batch *batch, struct gm_store *store,
	const struct gm_oid *ours_commit, const struct gm_oid *theirs_commit);

#endif
