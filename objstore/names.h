/*
 * Git's SHA-256 names of objects that are stored under SHA-1: trees, commits and tags are
 * rewritten with the SHA-256 names of what they name, and hashed
 * (hash-function-transition(7)).
 */
#ifndef GM_OBJSTORE_NAMES_H
#define GM_OBJSTORE_NAMES_H

#include "base/buf.h"
#include "objstore/object.h"

/* GM_ENOTFOUND, without a message, when the name is not known. */
typedef int (*gm_name_lookup_fn)(
	uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload);

/*
 * Returns GM_ENOTFOUND, without a message, when a name is not known (all are looked up even
 * then), GM_EINVALID when the object is broken.
 */
int gm_names_compute(uint8_t out[GM_SHA256_SIZE], enum gm_object_type type,
	const void *data, size_t size, gm_name_lookup_fn lookup, void *payload);

#endif
