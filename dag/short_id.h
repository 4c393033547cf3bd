/*
 * Short ids: the first digits of an object's id, four at least. Behind `sha256:` they are those of
 * its name in SHA-256, where the store knows those: in segments.
 */
#ifndef GM_DAG_SHORT_ID_H
#define GM_DAG_SHORT_ID_H

#include "objstore/store.h"

#define GM_SHA256_PREFIX "sha256:"

/* What the place where a name stands asks for; it decides between objects of one short id. */
enum gm_revision_hint {
	GM_HINT_ANY,
	GM_HINT_COMMITTISH, /* a commit, or a tag of one */
	GM_HINT_TREEISH,    /* that, or a tree */
};

/*
 * Where the id begins in what git-describe(1) says, `TAG-N-gID`; NULL when `text` is no such
 * name. Lent.
 */
const char *gm_short_id_described(const char *text);

/*
 * Find the object of a short id. GM_ENOTFOUND when `text` is no short id or no object has it,
 * GM_EAMBIGUOUS when several do and the hint does not single one out.
 */
int gm_short_id_resolve(struct gm_oid *out, struct gm_store *store, const char *text,
	enum gm_revision_hint hint);

#endif
