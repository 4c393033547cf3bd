/*
 * A connection to a service of a remote, over ssh, a path, http(s) or git. Once it is open the
 * remote's refs are known; then either libgit2 fetches over it, or the rest of the protocol is
 * spoken by reading and writing.
 *
 * ssh, paths and file:// are programs, spoken to over pipes; libgit2 is not initialised for them
 * before gm_connection_remote(). Everything else goes through libgit2.
 *
 * Waiting heeds signals (GM_EINTERRUPTED). There are no timeouts here: who started us watches.
 */
#ifndef GM_SYNC_CONNECTION_H
#define GM_SYNC_CONNECTION_H

#include <git2.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"
#include "sync/advertisement.h"

enum gm_service {
	GM_UPLOAD_PACK,  /* for a fetch */
	GM_RECEIVE_PACK, /* for a push */
};

struct gm_connection_options {
	const char *url;
	enum gm_service service;
	/* http.*, core.sshCommand, ...; it outlives the connection. */
	const struct gm_config *config;
	bool is_quiet; /* what the remote tells people is not shown */
	/* Called as bytes move; a failure ends the call and is returned. NULL: nobody asks. */
	int (*beat)(size_t bytes, void *payload);
	void *payload;
};

struct gm_connection;

/*
 * Connect and read what the remote advertises. GM_ENOTFOUND: no such host or repository;
 * GM_EACCESS: it refuses us; GM_EMISMATCH: it is not who it should be (host key, certificate);
 * GM_EINVALID: it speaks no Git, or the URL cannot be used.
 */
int gm_connection_open(
	struct gm_connection **out, const struct gm_connection_options *options);

/* Ends it, and the program behind it. */
void gm_connection_free(struct gm_connection *connection);
GM_DEFINE_CLEANUP(struct gm_connection, gm_connection_free)

/* Lent. */
const struct gm_advertisement *gm_connection_advertisement(
	const struct gm_connection *connection);

/*
 * Send all of it. When the remote stopped listening it is GM_EPIPE: it may have said why, which
 * can still be read. Over http everything is one request, which ends with the first read.
 */
int gm_connection_write(struct gm_connection *connection, const void *data, size_t size);

/*
 * Some bytes of the answer; 0 at its end. After a push read to the end: the remote's hooks run
 * until then.
 */
int gm_connection_read(
	size_t *out, struct gm_connection *connection, void *data, size_t size);

/* The same, in the shape of gm_pkt_read_fn: `connection` is the payload. */
int gm_connection_read_pkt(size_t *out, void *data, size_t size, void *connection);

/*
 * The error for a remote that hung up before it had said all, with what ssh or git said about it.
 * Returns its code, which is never 0.
 */
int gm_connection_hung_up(struct gm_connection *connection);

/*
 * A remote of `repo` over this connection (GM_UPLOAD_PACK), connected: git_remote_ls() works, and
 * git_remote_download() once, which takes callbacks of its own. Nothing may have been read or
 * written by hand before. git_remote_free() it before the connection. When a call over it fails
 * gm_libgit2_error() tells why.
 */
int gm_connection_remote(
	git_remote **out, struct gm_connection *connection, git_repository *repo);

#endif
