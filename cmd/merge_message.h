/*
 * The message of a merge commit, in the words of git (git-fmt-merge-msg(1)).
 */
#ifndef GM_CMD_MERGE_MESSAGE_H
#define GM_CMD_MERGE_MESSAGE_H

#include "cmd/command.h"

/*
 * Append "Merge branch 'x'", on other branches than main "Merge branch 'x' into dev", with the
 * message of the tag when it is an annotated one that is merged. `name` is what was asked for,
 * a revision that exists.
 */
int gm_put_merge_message(struct gm_buf *out, struct gm_call *call, const char *name,
	const struct gm_head *head);

#endif
