/*
 * The messages of commits that `cherry-pick` and `revert` make, as git's.
 */
#ifndef GM_CMD_PICK_MESSAGE_H
#define GM_CMD_PICK_MESSAGE_H

#include "dag/commit.h"

/*
 * Append: Revert "SUBJECT", and which commit that is; `parent` is the one that a merge is
 * reverted to, NULL when the commit has one parent.
 */
int gm_put_revert_message(
	struct gm_buf *out, const struct gm_commit *commit, const struct gm_oid *parent);

/* Append the message, and with `tells_origin` where it comes from. Always UTF-8. */
int gm_put_picked_message(
	struct gm_buf *out, const struct gm_commit *commit, bool tells_origin);

#endif
