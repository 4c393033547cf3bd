/*
 * What is sent to git-receive-pack before the pack (gitprotocol-pack(5), "Reference Update
 * Request").
 */
#ifndef GM_SYNC_PUSH_COMMANDS_H
#define GM_SYNC_PUSH_COMMANDS_H

#include "sync/advertisement.h"
#include "sync/push_request.h"

/*
 * Refuse, one by one, what this remote cannot do. GM_ERROR when it lacks what every push needs:
 * a report of what became of it, objects of SHA-1, and with `is_atomic` that.
 */
int gm_push_check_remote(struct gm_push_result *plan,
	const struct gm_advertisement *advertisement, bool is_atomic);

/* Append the commands of all that gm_push_is_sent(), at least one, with the flush behind them. */
int gm_push_put_commands(struct gm_buf *out, const struct gm_push_result *plan,
	const struct gm_advertisement *advertisement, bool is_atomic, bool is_quiet);

/* Whether the answer will be in bands (sync/side_band.h). */
bool gm_push_has_bands(const struct gm_advertisement *advertisement);

#endif
