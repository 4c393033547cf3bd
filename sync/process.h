/*
 * The program gitmem-sync, which speaks to remotes for us: started for a repository, asked one
 * thing at a time over pipes (sync/message.h), and watched.
 *
 * It is ended when it was silent for `sync.timeout` seconds (60; ten times as long before the
 * first bytes, where a terminal may be asking for a password), when one request takes longer than
 * `sync.timeLimit` seconds (3600), and when a signal asks us to stop; it may use
 * `sync.memoryLimit` bytes (1g). It stays in our process group and dies with us.
 *
 * SIGPIPE must be ignored. A handle belongs to one thread.
 */
#ifndef GM_SYNC_PROCESS_H
#define GM_SYNC_PROCESS_H

#include <stdbool.h>

#include "base/config.h"
#include "base/json.h"

struct gm_sync;

struct gm_sync_options {
	bool progress; /* show on standard error how far it is */
	bool is_quiet; /* what the remote tells people is not shown */
};

/*
 * Start it for the repository at `gitdir` with its settings; both NULL: for none. GM_ENOTFOUND
 * when it is not installed.
 */
int gm_sync_start(struct gm_sync **out, const char *gitdir,
	const struct gm_config *config, const struct gm_sync_options *options);
void gm_sync_free(struct gm_sync *sync);
GM_DEFINE_CLEANUP(struct gm_sync, gm_sync_free)

/*
 * Ask: `request` is an object whose "request" names what is wanted, and is taken over, also on
 * failure (NULL: an earlier failure passed on). `done_out` is the answer. An error of the program
 * comes back as it was there; GM_ERROR when it ended or had to be ended, after which it can be
 * asked no more. GM_EINTERRUPTED.
 */
int gm_sync_ask(json_t **done_out, struct gm_sync *sync, json_t *request);

/* A new request of this name, for gm_sync_ask(); NULL with GM_ENOMEM set. */
json_t *gm_sync_request(const char *name);

#endif
