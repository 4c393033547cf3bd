/*
 * Advice for those who named a revision that is none.
 */
#ifndef GM_CMD_REVISION_HINT_H
#define GM_CMD_REVISION_HINT_H

#include "cmd/command.h"

/*
 * Advice beside the current error, by which `name` is unknown: when it is a memory, how those are
 * named; else the branch or tag whose name is most like it, if one is; when it is a time, how the
 * branch is named as it was then.
 */
void gm_hint_unknown(struct gm_call *call, const char *name);

/*
 * Whether a name has what only revisions have, so that the error of its being no revision says
 * more than that it is no memory either.
 */
bool gm_is_only_revision(const char *text);

#endif
