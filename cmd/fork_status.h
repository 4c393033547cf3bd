/*
 * How a fork stands to what it was forked from.
 */
#ifndef GM_CMD_FORK_STATUS_H
#define GM_CMD_FORK_STATUS_H

#include "cmd/command.h"

/* Ask the other repository first, unless `no_fetch`. GM_ENOTFOUND when this is no fork. */
int gm_fork_status(struct gm_call *call, bool no_fetch);

#endif
