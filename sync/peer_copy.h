/*
 * Copying objects from one store into another on the same machine.
 */
#ifndef GM_SYNC_PEER_COPY_H
#define GM_SYNC_PEER_COPY_H

#include "dag/outgoing.h"
#include "sync/peer.h"

/*
 * Copy what is outgoing (walked, in `from`) into `to`. Each object is checked as what a
 * stranger sent: its name, its form, and that all it leads to is copied as well or there already.
 * `batch_out` as in gm_peer_fetch(). GM_EMISMATCH for what is damaged or lacks something.
 */
int gm_peer_copy(struct gm_batch **batch_out, struct gm_peer_copied *out,
	struct gm_store *to, struct gm_store *from, const struct gm_outgoing *outgoing,
	const struct gm_peer_options *options);

#endif
