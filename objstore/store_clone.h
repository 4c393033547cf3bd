/*
 * Making the store of a new repository out of that of another one on the same machine. Files that
 * never change are linked, or copied where that cannot be; the rest is written anew. So a
 * clone of any size takes little time and no room.
 *
 * The other one may be written, tidied up or converted meanwhile: what comes of it is its state at
 * some instant in between. Its refs, their logs and what only it has are not taken over.
 */
#ifndef GM_OBJSTORE_STORE_CLONE_H
#define GM_OBJSTORE_STORE_CLONE_H

#include "objstore/store.h"

struct gm_store_clone_result {
	size_t n_linked; /* files */
	size_t n_copied; /* files */
	uint64_t bytes;  /* of the files that were copied */
	bool has_segments;
};

/*
 * Make the store in `gitdir`, a folder that has none yet and that nobody else uses, with the
 * objects of `from` and in its layout. To be durable when the repository has been made around
 * it (gm_repo_init()). When it fails, what was made stays for the caller to remove.
 * GM_EMISMATCH when `from` is damaged so that something may be missing.
 */
int gm_store_clone(
	struct gm_store_clone_result *out, const char *gitdir, struct gm_store *from);

#endif
