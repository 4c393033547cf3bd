/*
 * What names a remote repository: a URL, `host:path` for ssh, or a path, told apart by Git's
 * rules (git-clone(1), "GIT URLS").
 */
#ifndef GM_SYNC_URL_H
#define GM_SYNC_URL_H

#include <stdbool.h>

#include "base/buf.h"

enum gm_transport {
	GM_TRANSPORT_PATH, /* a path, or file:// */
	GM_TRANSPORT_SSH,
	GM_TRANSPORT_GIT,
	GM_TRANSPORT_HTTP,
	GM_TRANSPORT_HTTPS,
};

/* What is absent is NULL. User and password are decoded, the path is only for ssh and paths. */
struct gm_url {
	enum gm_transport transport;
	char *user;
	char *password;
	char *host; /* without brackets; NULL for a path */
	char *port; /* one to five digits */
	char *path; /* never NULL; with its "/" in front, unless `host:path` has none */
};

#define GM_URL_INIT                                                         \
	{                                                                   \
		.user = NULL, .password = NULL, .host = NULL, .port = NULL, \
		.path = NULL,                                               \
	}
#define gm_autourl gm_cleanup(gm_url_dispose) struct gm_url
void gm_url_dispose(struct gm_url *url);

/*
 * Take one apart; `out` must be fresh. GM_EINVALID: empty, a control character, an unknown
 * scheme or a helper's (`ext::`), no host, a bad port, or a host, user or ssh path that would be
 * an option of ssh's (begins with "-").
 */
int gm_url_parse(struct gm_url *out, const char *text);

/* Append it as it may be shown and logged: a password becomes "***". */
int gm_url_show(struct gm_buf *out, const char *text);

/* Whether two are served by the same scheme, host and port: a password may go there, too. */
bool gm_url_same_origin(const struct gm_url *a, const struct gm_url *b);

#endif
