/*
 * A blame as text, in the columns of `git blame`, and as JSON lines.
 */
#ifndef GM_CMD_BLAME_OUTPUT_H
#define GM_CMD_BLAME_OUTPUT_H

#include "cmd/command.h"
#include "dag/blame.h"

/*
 * Print the fields and then the lines: {field, line, commit, agent, time, signer, ...} each with
 * --json, else "commit (agent time field) value", the number of a line in the place of the field.
 */
int gm_print_blame(struct gm_call *call, const struct gm_blame *blame);

#endif
