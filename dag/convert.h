/*
 * Converting a repository from one layout to the other, losslessly: all objects, refs, reflogs,
 * HEAD; stages are the same files in both.
 *
 * The new layout is made beside the old one, which counts until one rename(2): that of the
 * folder `store` (gitmem-format(5), "SEGMENT STORE"). Readers go on meanwhile. Stopped at any
 * instant, the repository is in one layout or the other, and gm_convert_settle() tidies.
 * Settings say that the repository has segments from before they count until after they do not
 * any more, so that stock git stays away.
 */
#ifndef GM_DAG_CONVERT_H
#define GM_DAG_CONVERT_H

#include "base/terminal.h"
#include "dag/repository.h"

struct gm_convert_result {
	size_t n_objects;
	size_t n_refs;
};

/*
 * Convert to `layout`, with the repository lock held. The handle is in the new layout then.
 * Fine when it is so already. When it fails the old layout still counts, unless the message
 * says otherwise.
 */
int gm_convert(struct gm_convert_result *out, struct gm_repo *repo, struct gm_lock *lock,
	enum gm_layout layout, bool progress);

/*
 * Take away what a conversion that was stopped left, with the repository lock held: one that had
 * not come to count is undone, one that had is finished.
 */
int gm_convert_settle(struct gm_repo *repo, struct gm_lock *lock);

#endif
