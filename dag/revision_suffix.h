/*
 * How a revision goes on: `^2`, `~3`, `^{tree}`, `^{/TEXT}`, one after the other.
 */
#ifndef GM_DAG_REVISION_SUFFIX_H
#define GM_DAG_REVISION_SUFFIX_H

#include "dag/short_id.h"
#include "objstore/store.h"

/* How many commits one revision may go back in all. */
#define GM_REVISION_MAX_STEPS 100000

/* What a suffix asks of the object before it; GM_HINT_ANY without a suffix. */
enum gm_revision_hint gm_revision_suffix_hint(const char *suffix);

/*
 * Apply all of `suffix` to the object `*oid`. `text` is the whole revision, for messages.
 * GM_ENOTFOUND when there is no such parent, GM_ERROR when the object is of another type,
 * GM_EINVALID for a form we do not know.
 */
int gm_revision_suffix(
	struct gm_oid *oid, struct gm_store *store, const char *suffix, const char *text);

/* Follow tags, and a commit to its tree, until an object of `type`. GM_ERROR when there is none. */
int gm_revision_peel(struct gm_oid *out, struct gm_store *store, const struct gm_oid *oid,
	enum gm_object_type type, const char *text);

#endif
