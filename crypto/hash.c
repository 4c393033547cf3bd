#include "crypto/hash.h"

void gm_sha1_init(struct gm_sha1 *sha1)
{
	sha1_init(&sha1->ctx);
}

void gm_sha1_update(struct gm_sha1 *sha1, const void *data, size_t size)
{
	sha1_update(&sha1->ctx, size, data);
}

void gm_sha1_final(uint8_t out[GM_SHA1_SIZE], struct gm_sha1 *sha1)
{
	sha1_digest(&sha1->ctx, GM_SHA1_SIZE, out);
}

void gm_sha256_init(struct gm_sha256 *sha256)
{
	sha256_init(&sha256->ctx);
}

void gm_sha256_update(struct gm_sha256 *sha256, const void *data, size_t size)
{
	sha256_update(&sha256->ctx, size, data);
}

void gm_sha256_final(uint8_t out[GM_SHA256_SIZE], struct gm_sha256 *sha256)
{
	sha256_digest(&sha256->ctx, GM_SHA256_SIZE, out);
}
