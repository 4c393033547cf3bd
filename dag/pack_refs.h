/*
 * Putting refs into one file, `packed-refs` (git-pack-refs(1)).
 */
#ifndef GM_DAG_PACK_REFS_H
#define GM_DAG_PACK_REFS_H

#include "dag/refs.h"

/*
 * Move all refs below `gitdir` that have files of their own, but symbolic ones, into
 * `packed-refs`. Others may read and change refs meanwhile; stock git, too. `*n_out` is how
 * many there were.
 * GM_ELOCKED when stock git holds the file for over ten seconds, GM_EMISMATCH when a ref is
 * broken or names what the store does not have.
 */
int gm_refs_pack(
	size_t *n_out, const char *gitdir, struct gm_lock *lock, struct gm_store *store);

#endif
