/*
 * How a revision begins: with an id or a ref's name, and perhaps a `@{...}` behind it.
 */
#ifndef GM_DAG_REVISION_NAME_H
#define GM_DAG_REVISION_NAME_H

#include "dag/repository.h"
#include "dag/short_id.h"

/* Resolve such a name. Codes as for gm_revision_parse() in dag/revision.h. */
int gm_revision_name(struct gm_oid *out, struct gm_repo *repo, const char *name,
	const char *branch, enum gm_revision_hint hint);

/*
 * Read a ref by Git's rules: `name_out` gets its name with refs/ and all, `target_out` what
 * that points to when it is symbolic, else the same; both are appended. GM_ENOTFOUND.
 */
int gm_revision_find_ref(struct gm_oid *out, struct gm_buf *name_out,
	struct gm_buf *target_out, struct gm_repo *repo, const char *name,
	const char *branch);

#endif
