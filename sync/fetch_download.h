/*
 * A pack from a remote, by libgit2.
 */
#ifndef GM_SYNC_FETCH_DOWNLOAD_H
#define GM_SYNC_FETCH_DOWNLOAD_H

#include "base/strv.h"
#include "sync/connection.h"
#include "sync/incoming.h"
#include "sync/worker.h"

/*
 * Ask for the remote's refs of these names, tell what we have, and take in what comes.
 * GM_ENOTFOUND when that is nothing; other errors are those of the connection and of
 * gm_incoming_writepack().
 */
int gm_fetch_download(struct gm_incoming *incoming, struct gm_connection *connection,
	struct gm_repo *repo, struct gm_worker *worker, const struct gm_strv *names);

#endif
