/*
 * Trees: reading, looking up, changing, comparing. Everything costs what changed, not what
 * there is: equal ids are skipped, and only the folders on the way to a change are rewritten.
 */
#ifndef GM_DAG_TREE_H
#define GM_DAG_TREE_H

#include <stdbool.h>

#include "objstore/store.h"

#define GM_MODE_TREE 040000u
#define GM_MODE_FILE 0100644u
#define GM_MODE_TYPE 0170000u

/* How deep folders may lie. Deeper trees are refused as hostile. */
#define GM_TREE_MAX_DEPTH 128

/*
 * How many entries gm_tree_diff() and gm_tree_each() visit. A few small trees that name each
 * other many times can stand for more files than anybody could ever list; GM_ETOOBIG beyond.
 */
#define GM_TREE_MAX_VISITS ((size_t)1 << 24)

struct gm_tree_entry {
	unsigned mode;
	const char *name; /* not NUL-terminated inside a tree object: use name_size */
	size_t name_size;
	struct gm_oid oid;
};

/*
 * Step through the bytes of a tree object: `*at` is the offset, 0 at first. Returns 1 with an
 * entry, 0 at the end, GM_EMISMATCH when the bytes are no tree: cut off, a mode Git does not
 * know, a name that is empty, `.`, `..` or `.git`, or holds a slash. Order is not looked at.
 */
int gm_tree_next(struct gm_tree_entry *out, size_t *at, const char *data, size_t size);

/* The modes Git knows; old ones with other permissions of a file are let pass, as git does. */
bool gm_tree_mode_is_known(unsigned mode);

/* True for a folder. */
bool gm_tree_entry_is_folder(const struct gm_tree_entry *entry);

/* Git's order: by bytes, the name of a folder as if it ended in a slash. */
int gm_tree_entry_compare(const struct gm_tree_entry *a, const struct gm_tree_entry *b);

/* NULL when a file or folder may have this name, else what is wrong with it. */
const char *gm_tree_name_fault(const char *name, size_t size);

/* Check all of a tree: what gm_tree_next() checks, the order, and that no name comes twice. */
int gm_tree_check(const char *data, size_t size);

/*
 * Read a tree and check it; NULL, zero and the empty tree need no object. GM_EMISMATCH names
 * the tree; a missing one is damage too, for something names it.
 */
int gm_tree_read(struct gm_buf *out, struct gm_store *store, const struct gm_oid *oid);

/*
 * The same of two versions of a tree, for who goes through all of them once: their entries are
 * not checked, and they take no room among the trees that were read last. gm_tree_broken() puts
 * the name of a tree before the error that gm_tree_next() then gives.
 */
int gm_tree_read_pair(struct gm_buf *old_out, struct gm_buf *new_out,
	struct gm_store *store, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid);
int gm_tree_broken(const struct gm_oid *oid);

/* gm_tree_read() of trees that are in the batch too. */
int gm_tree_read_batch(
	struct gm_buf *out, struct gm_batch *batch, const struct gm_oid *oid);

/* The same, without a check of the entries, as gm_tree_read_pair(); `near` may be NULL. */
int gm_tree_read_unchecked(struct gm_buf *out, struct gm_batch *batch,
	const struct gm_oid *oid, const struct gm_near *near);

/* Find a name in the bytes of a tree that was read: 1 with the entry (lent), or 0. */
int gm_tree_find(struct gm_tree_entry *out, const struct gm_buf *tree, const char *name,
	size_t size);

/*
 * Find `path` (no leading or trailing slash; "" is the tree itself) below `root`, NULL or the
 * zero id meaning an empty tree. GM_ENOTFOUND when it is not there.
 */
int gm_tree_lookup(struct gm_oid *oid_out, unsigned *mode_out, struct gm_store *store,
	const struct gm_oid *root, const char *path);

/*
 * A path that is set to a blob or, with a zero id, removed. Removing concerns files only: a
 * folder of that name stays. With a slash at its end and GM_MODE_TREE it is a folder that
 * becomes another tree, or goes, as a whole; other changes below it are made to that.
 */
struct gm_tree_change {
	const char *path;
	unsigned mode; /* 0: that of the file as it is; GM_MODE_FILE when there is none */
	struct gm_oid oid;
};

/*
 * Write the trees that `changes` make of `base` (NULL or zero: nothing). The list is sorted
 * in place; of two changes of one path the later wins. Folders that become empty go away; an
 * empty result is the empty tree. A file in the way of a folder, or the reverse, is replaced.
 * GM_EINVALID when a path is none, or when both a file and something below it are set.
 */
int gm_tree_update(struct gm_oid *out, struct gm_batch *batch, const struct gm_oid *base,
	struct gm_tree_change *changes, size_t n);

/*
 * Compare two trees (NULL or zero: empty). `each` gets every file that differs, in path
 * order; a side where it is missing has mode 0. The path is lent. A non-zero return ends it.
 * What both have alike is skipped, and not checked either.
 */
struct gm_tree_delta {
	const char *path;
	unsigned old_mode, new_mode;
	struct gm_oid old_oid, new_oid;
};

typedef int (*gm_tree_delta_fn)(const struct gm_tree_delta *delta, void *payload);
int gm_tree_diff(struct gm_store *store, const struct gm_oid *old_tree,
	const struct gm_oid *new_tree, gm_tree_delta_fn each, void *payload);

/* Every file below `root`, in path order. A non-zero return ends it. */
typedef int (*gm_tree_file_fn)(
	const char *path, const struct gm_tree_entry *entry, void *payload);
int gm_tree_each(struct gm_store *store, const struct gm_oid *root, gm_tree_file_fn each,
	void *payload);

/*
 * Follow `path` below `root` as far as it exists; where it ends, look for another name that a
 * case-folding or normalising file system would take for the next one in `path`. Returns 1
 * with the path of that other one appended to `out`, 0 when there is none or `path` exists.
 */
int gm_tree_find_lookalike(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *root, const char *path);

#endif
