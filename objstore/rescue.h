/*
 * What is whole of a damaged segment store. Its files are gone through one by one, whether the
 * manifest names them or not: each record that is sound in itself counts, indexes are not
 * needed, dictionaries are found by trial, refs come from the table, the logs and the
 * records of their updates, whichever are left.
 *
 * Nothing is written to the store that is rescued from. It must not change meanwhile: the
 * caller holds its lock.
 */
#ifndef GM_OBJSTORE_RESCUE_H
#define GM_OBJSTORE_RESCUE_H

#include "objstore/store.h"

struct gm_rescue;

/*
 * Go through the store in the folder `dir` (a `store/`; fine when it is missing). GM_EINVALID
 * when a newer gitmem wrote part of it, which nobody else may judge; GM_ELOCKED when somebody
 * is filling a segment. gm_rescue_free().
 */
int gm_rescue_open(struct gm_rescue **out, const char *dir);
void gm_rescue_free(struct gm_rescue *rescue);
GM_DEFINE_CLEANUP(struct gm_rescue, gm_rescue_free)

/*
 * Whether the segment that was written to last is gone, or nothing of it can be read. What it
 * held, also which refs it moved, nobody knows then.
 */
bool gm_rescue_lacks_newest(const struct gm_rescue *rescue);

/* An object that is known to have been there; `type` may be GM_OBJECT_NONE, not known. */
typedef int (*gm_rescue_lost_fn)(const struct gm_oid *oid, enum gm_object_type type,
	const char *fault, void *payload);

/*
 * Write every whole object to `store`, durably, and call `lost` for each of which there is no
 * whole copy. `n_out` is how many were written.
 */
int gm_rescue_objects(size_t *n_out, struct gm_rescue *rescue, struct gm_store *store,
	gm_rescue_lost_fn lost, void *payload);

/* Give `store` the refs and their logs, wherever they lead. */
int gm_rescue_refs(struct gm_rescue *rescue, struct gm_store *store);

#endif
