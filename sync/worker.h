/*
 * What a handler of gitmem-sync works with, and how it tells that it works.
 */
#ifndef GM_SYNC_WORKER_H
#define GM_SYNC_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dag/repository.h"

struct gm_worker;

/* The repository it was started for; GM_ENOTFOUND when there is none. Lent. */
int gm_worker_repo(struct gm_repo **out, struct gm_worker *worker);

/* The settings: the repository's, or the user's own when there is none. Lent. */
const struct gm_config *gm_worker_config(const struct gm_worker *worker);

/* What the remote tells people is not to be shown. */
bool gm_worker_is_quiet(const struct gm_worker *worker);

/*
 * Tell gitmem how far we are (total 0: unknown), or that bytes moved or work went on. Cheap: most
 * calls only count, five a second are passed on. GM_EINTERRUPTED when a signal came, GM_EPIPE
 * when gitmem has gone. For the main thread only.
 */
int gm_worker_progress(
	struct gm_worker *worker, const char *title, uint64_t done, uint64_t total);
int gm_worker_beat(struct gm_worker *worker, size_t bytes);

/* The same in the shape of gm_connection_options.beat: the worker is the payload. */
int gm_worker_beat_fn(size_t bytes, void *worker);

#endif
