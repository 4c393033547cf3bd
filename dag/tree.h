/*
 * Trees: reading, looking up, changing, comparing. Everything costs what changed, not what
 * there is: equal ids are skipped, and only the folders on the way to a change are rewritten.
 */
#ifndef GM_DAG_TREE_H
#define GM_DAG_TREE_H

#include "objstore/store.h"

#define GM_MODE_TREE 040000u
#define GM_MODE_FILE 0100644u
#define GM_MODE_TYPE 0170000u

/* How deep folders may lie. Deeper trees are refused as hostile. */
#define GM_TREE_MAX_DEPTH 128

struct gm_tree_entry {
	unsigned mode;
	const char *name; /* not NUL-terminated inside a tree object: use name_size */
	size_t name_size;
	struct gm_oid oid;
};

/*
 * Step through the bytes of a tree object: `*at` is the offset, 0 at first. Returns 1 with an
 * entry, 0 at the end, GM_EMISMATCH when the bytes are no tree.
 */
int gm_tree_next(struct gm_tree_entry *out, size_t *at, const char *data, size_t size);

/*
 * Find `path` (no leading or trailing slash; "" is the tree itself) below `root`, NULL or the
 * zero id meaning an empty tree. GM_ENOTFOUND when it is not there.
 */
int gm_tree_lookup(struct gm_oid *oid_out, unsigned *mode_out, struct gm_store *store,
	const struct gm_oid *root, const char *path);

/* A path that is set to a blob or, with a zero id, removed. */
struct gm_tree_change {
	const char *path;
	unsigned mode; /* GM_MODE_FILE unless it was something else before */
	struct gm_oid oid;
};

/*
 * Write the trees that `changes` make of `base` (NULL or zero: nothing). The list is sorted
 * in place; of two changes of one path the later wins. Folders that become empty go away; an
 * empty result is the empty tree. A file in the way of a folder, or the reverse, is replaced.
 */
int gm_tree_update(struct gm_oid *out, struct gm_batch *batch, const struct gm_oid *base,
	struct gm_tree_change *changes, size_t n);

/*
 * Compare two trees (NULL or zero: empty). `each` gets every file that differs, in path
 * order; a side where it is missing has mode 0. The path is lent. A non-zero return ends it.
 */
struct gm_tree_delta {
	const char *path;
	unsigned old_mode, new_mode;
	struct gm_oid old_oid, new_oid;
};

typedef int (*gm_tree_delta_fn)(const struct gm_tree_delta *delta, void *payload);
int gm_tree_diff(struct gm_store *store, const struct gm_oid *old_tree,
	const struct gm_oid *new_tree, gm_tree_delta_fn each, void *payload);

/* Every file below `root`, in path order. */
typedef int (*gm_tree_file_fn)(const char *path, const struct gm_tree_entry *entry,
	void *payload);
int gm_tree_each(struct gm_store *store, const struct gm_oid *root, gm_tree_file_fn each,
	void *payload);

/*
 * Look in the folder of `path` below `root`, and in those above it, for another name that a
 * case-folding or normalising file system would take for the one in `path`. Returns 1 with
 * that other path in `out`, 0 when there is none.
 */
int gm_tree_find_lookalike(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *root, const char *path);

#endif
