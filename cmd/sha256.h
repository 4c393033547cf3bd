/*
 * Objects' names in SHA-256, in what commands print. One that cannot be known, because
 * something that the object leads to is not there, is left out.
 */
#ifndef GM_CMD_SHA256_H
#define GM_CMD_SHA256_H

#include "cmd/command.h"

/* Set the key `sha256`, to null when the name cannot be known. */
int gm_set_sha256(json_t *object, struct gm_repo *repo, const struct gm_oid *oid);

/* Append the line "Name:   sha256:HEX". */
int gm_put_sha256(struct gm_buf *out, struct gm_repo *repo, const struct gm_oid *oid);

#endif
