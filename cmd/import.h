/*
 * Importing: records that stream in, laid on the branch as it was when the import began, and
 * committed at the end under the lock. Memory stays flat: beyond a number of records the tree
 * is built so far and the rest follows.
 */
#ifndef GM_CMD_IMPORT_H
#define GM_CMD_IMPORT_H

#include "cmd/write.h"

struct gm_import_counts {
	size_t read, added, updated, unchanged, rejected;
};

struct gm_import;

/* Begin on the call's branch. With `stage` the records go to the branch's stage. */
int gm_import_begin(struct gm_import **out, struct gm_call *call, bool stage);
void gm_import_free(struct gm_import *import);
GM_DEFINE_CLEANUP(struct gm_import, gm_import_free)

/*
 * Take one record in; it may be changed on the way. An `id` of "" is made from `name`, which
 * is what the source calls the record; `created` not given is `fallback_created`. GM_EINVALID,
 * GM_ETOOBIG and GM_EEXISTS say that this record is rejected and why; any other error ends the
 * import.
 */
int gm_import_put(struct gm_import *import, struct gm_record *record, const char *name,
	gm_time fallback_created);

/* Count one that was rejected before it came to be a record. */
void gm_import_reject(struct gm_import *import);

const struct gm_import_counts *gm_import_counts(const struct gm_import *import);

/*
 * Commit (or stage) what came in. Nothing moves when nothing changed. `message` NULL: one is
 * made. The commit is zero when none was made.
 */
int gm_import_finish(
	struct gm_oid *commit_out, struct gm_import *import, const char *message);

#endif
