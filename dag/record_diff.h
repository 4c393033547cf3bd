/*
 * What changed between two trees, record by record: files that went at one path and came at
 * another are one memory when they have one id, and two memories that follow each other at one
 * path are two changes (the removed one first).
 */
#ifndef GM_DAG_RECORD_DIFF_H
#define GM_DAG_RECORD_DIFF_H

#include "dag/record.h"
#include "dag/stage.h"
#include "dag/tree.h"

struct gm_record_delta {
	char status;           /* 'A' added, 'M' changed (or moved), 'D' removed */
	char id[GM_UUID_TEXT]; /* "" for a file that is no record */
	char *path;            /* where it is now; where it was, for a removed one */
	char *old_path;        /* NULL unless it moved */
	struct gm_oid old_blob, new_blob; /* zero on the side where there is none */
	unsigned old_mode, new_mode;
	const struct gm_record_delta
		*reworded;   /* set by gm_find_reworded(): the other half */
	unsigned similarity; /* to that one, in percent */
	struct gm_strv
		supersedes; /* set by gm_find_superseding(): ids it did not name before */
};

struct gm_record_deltas {
	struct gm_record_delta *items;
	size_t n;
	size_t cap;
};

#define GM_RECORD_DELTAS_INIT                   \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autodeltas gm_cleanup(gm_record_deltas_dispose) struct gm_record_deltas
void gm_record_deltas_dispose(struct gm_record_deltas *deltas);

/*
 * Compare two trees (zero: empty), in path order; `out` is replaced. The id comes from the file
 * name where the path rule puts it there, else from the record, which then has to be read. A
 * blob that cannot be read, or is larger than any record, is a file without an id.
 */
int gm_record_diff(struct gm_record_deltas *out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree);

/*
 * The same for a stage against `tree`. Contents of the new side are in the stage
 * (gm_stage_find() by path), not in the store.
 */
int gm_record_diff_stage(struct gm_record_deltas *out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage);

/*
 * The names of the fields that differ, in the order of the record's format, then unknown keys
 * sorted, "content" last; `out` is replaced.
 */
int gm_record_changed_fields(
	struct gm_strv *out, const struct gm_record *a, const struct gm_record *b);

/* Read a blob as a record. GM_EINVALID when it is none, or over 32 MB. */
int gm_record_read(
	struct gm_record *out, struct gm_store *store, const struct gm_oid *blob);

#endif
