/*
 * Stepping through the bytes of folders that are compared with each other (dag/tree_diff.c,
 * dag/tree_three_way.c). Two entries that follow each other must be in Git's order; what is
 * skipped because all have it alike is not looked at.
 */
#ifndef GM_DAG_TREE_CURSOR_H
#define GM_DAG_TREE_CURSOR_H

#include "dag/tree.h"

struct gm_tree_cursor {
	const char *data; /* of the folder; lent */
	size_t size;
	const struct gm_oid *oid; /* of the folder, for errors; lent; may be NULL */
	size_t start;             /* of the entry */
	size_t at;                /* behind it */
	struct gm_tree_entry entry;
	bool has_entry; /* false at the end */
};

/* Go to the first entry of the folder with these bytes. GM_EMISMATCH when it is none. */
int gm_tree_cursor_open(
	struct gm_tree_cursor *out, const struct gm_buf *bytes, const struct gm_oid *oid);

/* Go to the next entry. GM_EMISMATCH when there is none but bytes, or it is out of order. */
int gm_tree_cursor_step(struct gm_tree_cursor *cursor);

/*
 * Have all `n` cursors skip the entries that they have alike from where they are: most folders
 * differ in a few of very many entries. GM_EMISMATCH as for a step.
 */
int gm_tree_cursors_skip_common(struct gm_tree_cursor *cursors, size_t n);

#endif
