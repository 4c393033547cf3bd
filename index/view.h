/*
 * Views: which rows a root tree holds, kept in the database by the tree's id.
 */
#ifndef GM_INDEX_VIEW_H
#define GM_INDEX_VIEW_H

#include "index/bitmap.h"
#include "index/database.h"
#include "objstore/oid.h"

struct gm_index_view {
	struct gm_bitmap rows;
	size_t n;       /* how many */
	size_t skipped; /* damaged blobs that were left out */
};

#define GM_INDEX_VIEW_INIT                                   \
	{                                                    \
		.rows = GM_BITMAP_INIT, .n = 0, .skipped = 0 \
	}
#define gm_autoindexview gm_cleanup(gm_index_view_dispose) struct gm_index_view
void gm_index_view_dispose(struct gm_index_view *view);

/*
 * Load the view of a tree, replacing `out`. Returns 1, or 0 when there is none. The zero id
 * and the empty tree have an empty view always.
 */
int gm_index_view_load(struct gm_index_view *out, struct gm_database *database,
	const struct gm_oid *tree);

/* What can be told of a view without loading it. */
struct gm_index_view_head {
	size_t n;
	size_t skipped;
	int64_t age; /* steps of use between it and the view used last */
};

/* The same, without looking at the rows, so that damage of theirs is not seen. */
int gm_index_view_find(struct gm_index_view_head *out, struct gm_database *database,
	const struct gm_oid *tree);

/* Keep a view as the one used last, and drop the ones used longest ago when there are many. */
int gm_index_view_store(struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view *view);

int gm_index_view_drop(struct gm_database *database, const struct gm_oid *tree);

/*
 * Note that a view is in use: writes only when it is about to become an old one, and only if
 * nobody else is writing. Not inside a transaction.
 */
void gm_index_view_touch(struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view_head *head);

/* The tree of the whole view (nothing skipped) used last: 1, or 0 when there is none. */
int gm_index_view_latest(struct gm_oid *out, struct gm_database *database);

/* The trees of the `max` views used last, the latest first; `*n_out` of them in `out`. */
int gm_index_view_trees(
	struct gm_oid *out, size_t *n_out, struct gm_database *database, size_t max);

/* Add to `out` those rows of the view that are the first column of what a statement returns. */
int gm_index_view_pick(struct gm_bitmap *out, const struct gm_index_view *view,
	struct gm_statement *statement);

/* Every row of any view. */
int gm_index_view_union(struct gm_bitmap *out, struct gm_database *database);

#endif
