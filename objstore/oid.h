/*
 * Object ids: Git's SHA-1 name of an object.
 */
#ifndef GM_OBJSTORE_OID_H
#define GM_OBJSTORE_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

#define GM_OID_SIZE 20
#define GM_OID_HEX 41 /* 40 characters and the NUL */

struct gm_oid {
	uint8_t bytes[GM_OID_SIZE];
};

/* Git's well-known ids: nothing at all, and the empty tree. */
extern const struct gm_oid gm_oid_zero;
extern const struct gm_oid gm_oid_empty_tree;

/* Exactly 40 hexadecimal digits, either case; false otherwise. */
bool gm_oid_parse(struct gm_oid *out, const char *hex, size_t size);

void gm_oid_format(char out[GM_OID_HEX], const struct gm_oid *oid);

/* The same for a SHA-256 name. */
#define GM_SHA256_HEX (2 * GM_SHA256_SIZE + 1)
void gm_sha256_format(char out[GM_SHA256_HEX], const uint8_t name[GM_SHA256_SIZE]);

/*
 * The first place from `low` up to `high` whose id is not less than `oid`, in sorted ids that
 * stand `stride` bytes apart and have the first byte of `oid`. Ids are spread evenly, so that it is
 * looked for where it should be; where they are not, it takes hardly longer than by halving.
 */
uint32_t gm_oid_lower_bound(const uint8_t *oids, size_t stride, uint32_t low,
	uint32_t high, const struct gm_oid *oid);

int gm_oid_compare(const struct gm_oid *a, const struct gm_oid *b);
bool gm_oid_equal(const struct gm_oid *a, const struct gm_oid *b);
bool gm_oid_is_zero(const struct gm_oid *oid);

#endif
