/*
 * The life of a worker: sync/main.c only.
 */
#ifndef GM_SYNC_WORKER_INTERNAL_H
#define GM_SYNC_WORKER_INTERNAL_H

#include "base/json.h"
#include "sync/worker.h"

/* For the repository at `gitdir`, which is opened when it is needed; NULL: none. */
int gm_worker_new(struct gm_worker **out, const char *gitdir, bool is_quiet);
void gm_worker_free(struct gm_worker *worker);
GM_DEFINE_CLEANUP(struct gm_worker, gm_worker_free)

/* A new request begins. */
void gm_worker_reset(struct gm_worker *worker);

/* Write a message to standard output; GM_EPIPE. */
int gm_worker_send(const json_t *message);

#endif
