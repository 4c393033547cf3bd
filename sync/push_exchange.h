/*
 * A push spoken with git-receive-pack: commands, pack, report.
 */
#ifndef GM_SYNC_PUSH_EXCHANGE_H
#define GM_SYNC_PUSH_EXCHANGE_H

#include "dag/outgoing.h"
#include "sync/connection.h"
#include "sync/push_request.h"

struct gm_push_exchange {
	struct gm_push_result *plan;        /* with at least one that gm_push_is_sent() */
	const struct gm_outgoing *outgoing; /* walked; NULL when only refs are deleted */
	bool is_atomic;
	bool is_quiet; /* what the remote tells people is not shown */
	/* Told how many objects are in the pack; a failure ends it. May be NULL. */
	int (*progress)(size_t done, void *payload);
	void *payload;
};

/*
 * Send it over a connection of GM_RECEIVE_PACK. What the remote took and what not is in the plan
 * afterwards, and how much was sent. An error before the report leaves it open what the remote
 * has taken.
 */
int gm_push_exchange(
	const struct gm_push_exchange *exchange, struct gm_connection *connection);

#endif
