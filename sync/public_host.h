/*
 * Whether a host is one where everybody may have repositories that everybody can read.
 */
#ifndef GM_SYNC_PUBLIC_HOST_H
#define GM_SYNC_PUBLIC_HOST_H

#include <stdbool.h>

/* Of a host's name, "github.com" or "ssh.github.com"; NULL is none. */
bool gm_host_is_public(const char *host);

#endif
