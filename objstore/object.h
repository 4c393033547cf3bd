/*
 * What Git stores: a type, a size, and bytes, named by the hash of all three.
 * (gitformat: `TYPE SP SIZE NUL CONTENT`, see git-hash-object(1))
 */
#ifndef GM_OBJSTORE_OBJECT_H
#define GM_OBJSTORE_OBJECT_H

#include "crypto/hash.h"
#include "objstore/oid.h"

/* The numbers are those of the pack format (gitformat-pack(5)). */
enum gm_object_type {
	GM_OBJECT_NONE = 0,
	GM_OBJECT_COMMIT = 1,
	GM_OBJECT_TREE = 2,
	GM_OBJECT_BLOB = 3,
	GM_OBJECT_TAG = 4,
};

/* The largest object we read or write, in bytes. */
#define GM_OBJECT_MAX_SIZE ((size_t)1 << 30)

/* "commit", "tree", "blob", "tag". */
const char *gm_object_type_name(enum gm_object_type type);

/* GM_OBJECT_NONE when `name` is none of them. */
enum gm_object_type gm_object_type_parse(const char *name, size_t size);

/* The longest header, NUL included. */
#define GM_OBJECT_HEADER_MAX 32

/* Write `TYPE SP SIZE NUL`; returns its length, the NUL included. */
size_t gm_object_header(
	char out[GM_OBJECT_HEADER_MAX], enum gm_object_type type, size_t size);

/* Git's SHA-1 name. */
void gm_object_hash(
	struct gm_oid *out, enum gm_object_type type, const void *data, size_t size);

/* GM_EMISMATCH when these bytes are not the object `oid`. */
int gm_object_verify(const struct gm_oid *oid, enum gm_object_type type, const void *data,
	size_t size);

/*
 * Git's SHA-256 name. Right for blobs only: trees, commits and tags name other objects and
 * must be rewritten with SHA-256 names first (hash-function-transition).
 */
void gm_object_hash_sha256(uint8_t out[GM_SHA256_SIZE], enum gm_object_type type,
	const void *data, size_t size);

#endif
