/*
 * What a branch comes to while an import runs: the tree it began with (and the stage on it,
 * when the import is to be staged), and what the import has put since. The last word about a
 * memory counts; it is always weighed against what was there before the import.
 */
#ifndef GM_CMD_IMPORT_STATE_H
#define GM_CMD_IMPORT_STATE_H

#include "cmd/write.h"

struct gm_import_state;

/* `stage` NULL: the tree alone. */
int gm_import_state_new(struct gm_import_state **out, struct gm_call *call,
	const struct gm_oid *tree, const struct gm_stage *stage);
void gm_import_state_free(struct gm_import_state *state);
GM_DEFINE_CLEANUP(struct gm_import_state, gm_import_state_free)

/* The id of the memory that has this key now, "" when none has. */
int gm_import_state_key_owner(
	char out[GM_UUID_TEXT], struct gm_import_state *state, const char *key);

/* 1 with the blob that the import has put for the id of a record, 0 when it has put none. */
int gm_import_state_now(
	struct gm_oid *out, struct gm_import_state *state, const char *id);

/* 1 with the memory of the record's id as it was before the import, 0 when there was none. */
int gm_import_state_find(struct gm_memory *out, struct gm_import_state *state,
	const struct gm_record *record);

/* Read a blob as the memory at `path`. GM_EINVALID when it is no record. */
int gm_import_state_read(struct gm_memory *out, struct gm_import_state *state,
	const char *path, const struct gm_oid *blob);

/*
 * Put a normalised record where it belongs, instead of whatever the import put for its id
 * before; `old` is the memory as it was before the import, NULL when there was none.
 * GM_EEXISTS when another memory is there, or one that looks alike on some file systems.
 */
int gm_import_state_put(struct gm_import_state *state, const struct gm_record *record,
	const struct gm_memory *old);

/* Leave the memory as it was before the import. GM_EEXISTS when another is at its place now. */
int gm_import_state_keep(struct gm_import_state *state, const struct gm_memory *old);

/* Remember what the source says of a memory that was put merged with something else. */
int gm_import_state_note_source(struct gm_import_state *state,
	const struct gm_record *merged, const struct gm_record *said);

/*
 * Everything into the store, durably, and the tree it comes to. `*source_out` is the same with
 * what the source says in the place of what was merged.
 */
int gm_import_state_tree(
	struct gm_oid *out, struct gm_oid *source_out, struct gm_import_state *state);

/* Everything as changes for the stage. */
int gm_import_state_changes(
	struct gm_changes *out, struct gm_import_state *state, struct gm_writer *writer);

#endif
