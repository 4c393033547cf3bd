/*
 * A connection through libgit2: its smart transport with a subtransport of ours around libgit2's
 * own. Ours reads the advertisement itself, as libgit2 does not tell all of it, and gives libgit2
 * one that is made from what we took.
 *
 * libgit2's subtransports look into the smart transport that owns them, so that one has to be
 * connected (`remote`) for as long as the connection is used.
 */
#ifndef GM_SYNC_SMART_INTERNAL_H
#define GM_SYNC_SMART_INTERNAL_H

#include <git2.h>
#include <git2/sys/transport.h>

#include "sync/connection_internal.h"
#include "sync/credential.h"

struct gm_smart {
	struct gm_connection *connection;
	git_remote *remote;
	char *url; /* without user and password over http */
	git_smart_subtransport *inner;
	git_smart_subtransport_stream *stream; /* of `inner`; NULL: none is open */
	bool is_request;   /* over http: it is one, not the advertisement's */
	bool is_answering; /* and was sent */
	struct gm_credential credential; /* that was given to libgit2 */
	bool is_broken;                  /* reading failed, which was told */
	bool is_redirected;              /* to another host, as its last failure says */
	bool is_elsewhere;               /* it may be another host that answers */
};

/* Whom libgit2 asks for credentials while it connects; `payload` is the gm_smart. */
int gm_smart_credentials(git_credential **out, const char *url, const char *user,
	unsigned int allowed, void *payload);

/* Make libgit2's last error ours, with the codes of gm_connection_open() and hints. */
int gm_smart_failure(int rc, struct gm_smart *smart);

/* Append an advertisement for libgit2, with the abilities that it knows. */
int gm_smart_put_advertisement(
	struct gm_buf *out, const struct gm_connection *connection);

/*
 * A subtransport that serves the advertisement and then passes everything on: for the transport
 * that connects (`is_first`), which reads it, and for the one that fetches.
 */
int gm_smart_subtransport_new(
	git_smart_subtransport **out, struct gm_connection *connection, bool is_first);

#endif
