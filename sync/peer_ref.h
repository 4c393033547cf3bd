/*
 * Which refs of a repository are for itself only, and never travel.
 */
#ifndef GM_SYNC_PEER_REF_H
#define GM_SYNC_PEER_REF_H

#include <stdbool.h>

bool gm_peer_ref_is_hidden(const char *name);

#endif
