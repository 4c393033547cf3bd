/*
 * Objects on their way in: a pack from a remote, indexed by libgit2 (which detects SHA-1
 * collisions) in a folder of its own, where nobody else looks. What arrives is bounded while it
 * does: `fetch.maxInputSize` bytes (4g), `fetch.maxObjects` objects (20 million), and an object
 * must not be larger than the store takes.
 *
 * Then it is checked (sync/incoming_check.h) and put into the store (sync/incoming_publish.h).
 * The folder is held by an flock(2); what a killed process leaves is removed by gc.
 */
#ifndef GM_SYNC_INCOMING_H
#define GM_SYNC_INCOMING_H

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "dag/repository.h"

struct gm_incoming;

/* For one pack. The repository outlives it. gm_incoming_free(), which removes the folder. */
int gm_incoming_new(struct gm_incoming **out, struct gm_repo *repo);
void gm_incoming_free(struct gm_incoming *incoming);
GM_DEFINE_CLEANUP(struct gm_incoming, gm_incoming_free)

/*
 * For a git_odb_backend: the writer through which libgit2 gives us the pack. It fails with an
 * error of ours: GM_ETOOBIG over a limit, GM_EMISMATCH for a damaged pack, GM_ENOSPC.
 */
int gm_incoming_writepack(git_odb_writepack **out, struct gm_incoming *incoming,
	git_odb_backend *backend, git_odb *odb, git_indexer_progress_cb progress,
	void *payload);

/*
 * What is asked for although it is in the store, for that lacks what it leads to: to libgit2 it
 * is not there. The ids are lent for as long.
 */
void gm_incoming_want(struct gm_incoming *incoming, const struct gm_oid *oids, size_t n);
bool gm_incoming_wants(const struct gm_incoming *incoming, const struct gm_oid *oid);

/*
 * Once the pack is there: let the repository's own store see it, too (gm_store_borrow()), and
 * open it for itself. Without a pack nothing happens.
 */
int gm_incoming_open(struct gm_incoming *incoming);

/* NULL unless a pack has arrived and was opened. Lent. */
struct gm_store *gm_incoming_store(struct gm_incoming *incoming);

/* The path of the pack without `.pack`; NULL when there is none. Lent. */
const char *gm_incoming_pack(const struct gm_incoming *incoming);

/* How many objects are in the pack as it was sent, and its size in bytes. */
size_t gm_incoming_n(const struct gm_incoming *incoming);
uint64_t gm_incoming_bytes(const struct gm_incoming *incoming);

#endif
