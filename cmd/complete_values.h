/*
 * Completion of values: what of one kind begins with a text.
 */
#ifndef GM_CMD_COMPLETE_VALUES_H
#define GM_CMD_COMPLETE_VALUES_H

#include "base/strv.h"
#include "cmd/command.h"

/*
 * Add the values of a kind that begin with `text`; none for files and folders. An error may
 * leave some of them in `out`.
 */
int gm_complete_values(struct gm_strv *out, struct gm_call *call, enum gm_complete kind,
	const char *text);

#endif
