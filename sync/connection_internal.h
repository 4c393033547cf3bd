/*
 * What the ways to connect share: a program's pipes (program.c), or libgit2's streams (smart.c).
 */
#ifndef GM_SYNC_CONNECTION_INTERNAL_H
#define GM_SYNC_CONNECTION_INTERNAL_H

#include <git2/sys/transport.h>

#include "sync/connection.h"
#include "sync/remote_text.h"
#include "sync/subprocess.h"
#include "sync/url.h"

struct gm_smart;

struct gm_connection {
	struct gm_connection_options options; /* its url is `url_text` */
	char *url_text;                       /* as given */
	char *shown;                          /* without a password */
	struct gm_url url;
	struct gm_advertisement advertisement;
	struct gm_remote_text text;
	struct gm_subprocess *process; /* NULL: it goes through libgit2 */
	struct gm_smart *smart;        /* NULL: a program */
	bool is_rpc;                   /* each request of its own, over http */
	bool is_open;                  /* the advertisement was read */
	bool is_spoken_to;             /* something was sent after it */
};

/* Start the program for a path or ssh and read what it advertises. */
int gm_connection_open_program(struct gm_connection *connection);

/*
 * The same through libgit2. `smart` is set also when it fails; gm_smart_free().
 */
int gm_connection_open_smart(struct gm_connection *connection);
void gm_smart_free(struct gm_smart *smart);

int gm_smart_write(struct gm_smart *smart, const void *data, size_t size);
int gm_smart_read(size_t *out, struct gm_smart *smart, void *data, size_t size);

/* For `git_remote_download()` over http: a stream for one request of the fetch. */
int gm_smart_request(git_smart_subtransport_stream **out, struct gm_smart *smart);

/* Tell whoever watches that bytes moved, unless rc is an error, which is returned. */
int gm_connection_beat(struct gm_connection *connection, int rc, size_t bytes);

#endif
