/*
 * libgit2 as a whole: its start, which costs milliseconds and is put off until it is needed, and
 * its errors, which are made ours where the library enters.
 */
#ifndef GM_SYNC_LIBGIT2_H
#define GM_SYNC_LIBGIT2_H

#include "base/config.h"
#include "base/error.h"

/* Initialise it. May be called again, and then does nothing. It ends with the process. */
int gm_libgit2_start(void);

/*
 * Before a connection over TLS: trust the certificates in the file that $GITMEM_SSL_CAINFO or
 * http.sslCAInfo names, instead of the system's.
 */
int gm_libgit2_trust(const struct gm_config *config);

/*
 * Make libgit2's last error ours: `what: ` and its words. `rc` is what libgit2 returned. When it
 * is GIT_EUSER a callback of ours ended the call, and the error that it set stays; so callbacks
 * clear nothing, and call gm_libgit2_callback_failed().
 */
int gm_libgit2_error(int rc, const char *what, ...) GM_PRINTF(2, 3);

/* In a callback that libgit2 called and in which we failed: what to return to it. */
int gm_libgit2_callback_failed(void);

#endif
