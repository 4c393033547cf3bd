/*
 * A program that we speak to over pipes: git's services, ssh, git's credential helpers.
 *
 * Its environment is ours without GIT_* (a hook inherits them) and GITMEM_TOKEN. It ends when we
 * do. What it writes to standard error is kept for messages, the end of it. It stays in our process
 * group and has our terminal, where it may ask for a password. SIGPIPE must be ignored.
 */
#ifndef GM_SYNC_SUBPROCESS_H
#define GM_SYNC_SUBPROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "sync/remote_text.h"

struct gm_subprocess;

/*
 * Start `argv` (found along PATH), with `variables` ("NAME=value", ended by NULL; NULL: none) set
 * besides. GM_ENOTFOUND when there is no such program.
 */
int gm_subprocess_start(struct gm_subprocess **out, const char *const *argv,
	const char *const *variables);

/* Ends it: it is given a moment to do so by itself. */
void gm_subprocess_free(struct gm_subprocess *process);
GM_DEFINE_CLEANUP(struct gm_subprocess, gm_subprocess_free)

/*
 * Send all of it. What it answers meanwhile is taken in, so that neither waits for the other.
 * GM_EPIPE when it has stopped reading; GM_EINTERRUPTED.
 */
int gm_subprocess_write(struct gm_subprocess *process, const void *data, size_t size);

/* No more is sent. */
void gm_subprocess_close_input(struct gm_subprocess *process);

/* Some of its output; `*out` is 0 at its end. GM_EINTERRUPTED. */
int gm_subprocess_read(
	size_t *out, struct gm_subprocess *process, void *data, size_t size);

/*
 * The end of what it wrote to standard error, lines and all. Waits a moment for more when its
 * output has ended. Lent until the next call.
 */
const char *gm_subprocess_complaint(struct gm_subprocess *process);

/* Show what it wrote to standard error, and what it will write. NULL: no more. Not owned. */
void gm_subprocess_show(struct gm_subprocess *process, struct gm_remote_text *text);

/* Wait until it ends, for `timeout_ms` at most: its exit code, 128 + a signal, or -1: it runs. */
int gm_subprocess_wait(struct gm_subprocess *process, int timeout_ms);

#endif
