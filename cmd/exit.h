/*
 * The end of a call: output flushed, the error told once, the exit code (gitmem(1), "EXIT
 * STATUS").
 */
#ifndef GM_CMD_EXIT_H
#define GM_CMD_EXIT_H

#include "cmd/command.h"

/*
 * Finish a call whose command returned `rc`: flush and close stdout (a failure there is a
 * failure of the call), wait for the pager, print the error, free what the call holds. Returns
 * the exit code, or does not return when a signal asked us to stop.
 */
int gm_exit(struct gm_call *call, int rc);

#endif
