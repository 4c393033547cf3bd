/*
 * What keeps memories from where they must not go: every one that would be sent is looked at,
 * also of versions that no tip has any more.
 */
#ifndef GM_SYNC_SCOPE_GUARD_H
#define GM_SYNC_SCOPE_GUARD_H

#include "base/strv.h"
#include "dag/outgoing.h"
#include "dag/record.h"

/* How many are named; one more says how many there are besides. */
#define GM_SCOPE_GUARD_NAMED 20

/*
 * 0 when nothing of what is outgoing (walked) exceeds `allowed`: a memory may be sent where its
 * scope is `allowed` or wider. A file that is no memory may go everywhere, except one that is
 * broken and says `scope: private` where a memory would.
 *
 * Else GM_ENO, without a message, and `exceeding_out` (which must be fresh) names them by path:
 * "memories/2026/11-26/ID.md (private, in commit 1234567)". Any other error is that of reading.
 * `progress` as in gm_outgoing_walk(); it counts objects looked at.
 */
int gm_scope_guard(struct gm_strv *exceeding_out, struct gm_store *store,
	const struct gm_outgoing *outgoing, enum gm_scope allowed,
	gm_outgoing_progress_fn progress, void *payload);

#endif
