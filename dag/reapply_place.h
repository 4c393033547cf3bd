/*
 * Putting memories where they belong in a tree that other writers have changed meanwhile: the
 * second half of dag/reapply.h. A place that is taken is shared or given way to; no text is
 * dropped for it.
 */
#ifndef GM_DAG_REAPPLY_PLACE_H
#define GM_DAG_REAPPLY_PLACE_H

#include "base/map.h"
#include "dag/reapply.h"
#include "dag/tree_cache.h"

struct gm_placing {
	struct gm_tree_changes *out;
	struct gm_tree_changes *lost; /* our versions that stand nowhere */
	struct gm_transaction_result *result;
	struct gm_store *store;
	struct gm_batch *batch;
	struct gm_tree_cache *trees;
	struct gm_oid tree;   /* of the tip; later without what leaves its place */
	struct gm_map placed; /* SHA-1 of a path we have set -> its change in `out` */
};

/* A memory as it is on one side. */
struct gm_side {
	struct gm_record record;
	struct gm_oid blob;
	unsigned mode; /* 0: the one the file has, or that of a plain file */
	char *path;
};

#define GM_SIDE_INIT                                    \
	{                                               \
		.record = GM_RECORD_INIT, .path = NULL, \
	}
#define gm_autoside gm_cleanup(gm_side_dispose) struct gm_side

void gm_side_dispose(struct gm_side *side);

/* Read the blob of `path`. GM_EINVALID when it is no record. */
int gm_side_read(struct gm_side *out, struct gm_placing *placing, const char *path,
	const struct gm_oid *blob);

/*
 * The blob at a path of the tree: 1, or 0 with the zero id when there is none. GM_EEXISTS when
 * a file is in the way of its folder, or a folder in its place.
 */
int gm_placing_look(struct gm_oid *out, struct gm_placing *placing, const char *path);

/* Set a path without asking. */
int gm_placing_set(struct gm_placing *placing, const char *path,
	const struct gm_oid *blob, unsigned mode);

/* A version of ours that stands nowhere, to be kept by history. */
int gm_placing_keep_lost(struct gm_placing *placing, const char *path,
	const struct gm_oid *blob, unsigned mode);

/* Tell what became of a change. */
int gm_placing_note(struct gm_placing *placing, const char *path, const char *text);

/*
 * Merge two sides of a memory (`base` may be NULL) and write the outcome; a sibling that it
 * needs is placed at once, and every value that gives way is told. `committed`: their side is
 * on the branch; else both are ours, and history has to keep whichever loses.
 */
int gm_sides_merge(struct gm_side *out, struct gm_placing *placing,
	const struct gm_record *base, const struct gm_side *ours,
	const struct gm_side *theirs, bool committed);

enum gm_place_flags {
	GM_PLACE_STAYS = 1 << 0, /* it has this place already */
	GM_PLACE_JOINS = 1 << 1, /* it becomes one with another memory that has its key */
};

/*
 * Put a memory where it belongs. When that place is taken it loses its key; when even then
 * something else is in its place it becomes a sibling of itself. GM_EEXISTS when a file is in
 * the way of that.
 */
int gm_place(struct gm_placing *placing, struct gm_side *side, enum gm_place_flags flags);

#endif
