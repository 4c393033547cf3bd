/*
 * Advice for those who named a revision that is none.
 */
#ifndef GM_CMD_REVISION_HINT_H
#define GM_CMD_REVISION_HINT_H

#include "cmd/command.h"

/*
 * Beside the current error, whose code `rc` is returned: when `text` is a memory, how memories
 * are named; else the branch or tag whose name is most like it, if one is.
 */
int gm_hint_revision(struct gm_call *call, const char *text, int rc);

#endif
