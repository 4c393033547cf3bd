/*
 * The requests that gitmem-sync serves. Each returns the object that is told as "done"; on
 * failure the last error is told, and the next request may follow.
 */
#ifndef GM_SYNC_HANDLER_H
#define GM_SYNC_HANDLER_H

#include "base/json.h"
#include "sync/worker.h"

typedef int (*gm_handler_fn)(
	json_t **done_out, struct gm_worker *worker, const json_t *request);

int gm_handle_push(json_t **done_out, struct gm_worker *worker, const json_t *request);
int gm_handle_fetch(json_t **done_out, struct gm_worker *worker, const json_t *request);
int gm_handle_version(json_t **done_out, struct gm_worker *worker, const json_t *request);

int gm_handle_ls_refs(json_t **done_out, struct gm_worker *worker, const json_t *request);

#endif
