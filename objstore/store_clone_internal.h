/*
 * What the files that make up objstore/store_clone.h share.
 */
#ifndef GM_OBJSTORE_STORE_CLONE_INTERNAL_H
#define GM_OBJSTORE_STORE_CLONE_INTERNAL_H

#include "base/strv.h"
#include "objstore/internal.h"
#include "objstore/store_clone.h"

struct gm_cloning {
	const char *gitdir;
	struct gm_store *from;
	struct gm_store_clone_result result;
	struct gm_strv made; /* files, to be taken back */
};

/*
 * Link the file `name` of one folder into another. GM_ENOTFOUND, without a message, when it has
 * gone; fine when `to_dir` has it.
 */
int gm_cloning_link(struct gm_cloning *cloning, const char *to_dir, const char *from_dir,
	const char *name);

/* Remove what was made so far. */
void gm_cloning_undo(struct gm_cloning *cloning);

/* GM_ENOTFOUND when files go faster than they can be linked. */
int gm_clone_segments(struct gm_cloning *cloning);

/* What lies in Git's layout, and where else to look for objects. */
int gm_clone_objects(struct gm_cloning *cloning);

#endif
