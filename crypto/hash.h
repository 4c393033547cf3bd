/*
 * SHA-1 and SHA-256 (FIPS 180-4) over nettle. The only place that knows nettle.
 */
#ifndef GM_CRYPTO_HASH_H
#define GM_CRYPTO_HASH_H

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#define GM_SHA1_SIZE 20
#define GM_SHA256_SIZE 32

struct gm_sha1 {
	struct sha1_ctx ctx;
};

struct gm_sha256 {
	struct sha256_ctx ctx;
};

void gm_sha1_init(struct gm_sha1 *sha1);
void gm_sha1_update(struct gm_sha1 *sha1, const void *data, size_t size);
void gm_sha1_final(uint8_t out[GM_SHA1_SIZE], struct gm_sha1 *sha1);

void gm_sha256_init(struct gm_sha256 *sha256);
void gm_sha256_update(struct gm_sha256 *sha256, const void *data, size_t size);
void gm_sha256_final(uint8_t out[GM_SHA256_SIZE], struct gm_sha256 *sha256);

#endif
