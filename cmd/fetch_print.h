/*
 * Telling what became of a fetch: as git does, on standard error; and as JSON.
 */
#ifndef GM_CMD_FETCH_PRINT_H
#define GM_CMD_FETCH_PRINT_H

#include "cmd/command.h"
#include "sync/fetch_request.h"
#include "sync/remote.h"

/*
 * Print "From URL" and a line for each ref that came, moved, went or was refused; those that stayed
 * as they were with -v only. Nothing with -q but what was refused. No heading without a line. Warns
 * of a remote that has lost all that is tracked here.
 */
int gm_fetch_print(struct gm_call *call, const struct gm_remote *remote,
	const struct gm_fetch_result *result);

/* {remote_ref, local_ref, old, new, status, rescue, reason} */
int gm_fetched_json(json_t **out, const struct gm_fetched_ref *ref);

/* A ref by the name that people use: "main", "v1", "origin/main"; others in full. Lent. */
const char *gm_short_ref(const char *ref);

#endif
