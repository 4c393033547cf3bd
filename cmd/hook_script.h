/*
 * The lines of ours in a hook of the surrounding project: a block between two marks, which is
 * put behind the first line of a shell script and leaves all else in it as it is.
 */
#ifndef GM_CMD_HOOK_SCRIPT_H
#define GM_CMD_HOOK_SCRIPT_H

#include <stdbool.h>

#include "base/buf.h"

/* What keeps a block from being put into a script. */
enum gm_hook_obstacle {
	GM_HOOK_FREE,
	GM_HOOK_NO_SHELL, /* it is no shell script */
	GM_HOOK_TORN,     /* a mark of ours is without the other one */
};

/* Append the block that lets the memory at `gitdir` travel along. */
int gm_hook_block(struct gm_buf *out, const char *gitdir);

/* Whether the script has a block. */
bool gm_hook_has_block(const char *script);

/*
 * Append the script with the block in it, in the place of one that is there; "" becomes a script
 * of nothing else. Nothing is appended when there is an obstacle.
 */
int gm_hook_put_block(struct gm_buf *out, enum gm_hook_obstacle *obstacle_out,
	const char *script, const char *block);

/* Append the script without its block; nothing when nothing else was in it. */
int gm_hook_take_block(
	struct gm_buf *out, enum gm_hook_obstacle *obstacle_out, const char *script);

#endif
