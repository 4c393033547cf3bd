#include "objstore/pack_mtimes.h"

#include <string.h>

#include "base/file.h"

#define HEADER_SIZE 12
#define TRAILER_SIZE (2 * GM_SHA1_SIZE)

/* The version, and that names are SHA-1. */
static const uint8_t header[HEADER_SIZE] = {'M', 'T', 'M', 'E', 0, 0, 0, 1, 0, 0, 0, 1};

static int damaged(const char *base)
{
	return gm_error(GM_EMISMATCH, "'%s.mtimes' is damaged", base);
}

static int check(const struct gm_pack *pack, const struct gm_buf *bytes)
{
	const uint8_t *at = (const uint8_t *)bytes->ptr;
	size_t n = pack->index.n;

	if (bytes->size != HEADER_SIZE + 4 * n + TRAILER_SIZE ||
		memcmp(at, header, HEADER_SIZE) != 0 ||
		memcmp(at + HEADER_SIZE + 4 * n,
			gm_pack_index_pack_checksum(&pack->index), GM_SHA1_SIZE) != 0)
		return damaged(pack->base);
	return 0;
}

int gm_pack_mtimes_read(struct gm_pack_mtimes *out, const struct gm_pack *pack)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *path = gm_format("%s.mtimes", pack->base);
	int rc = path ? gm_file_read(&bytes, path) : GM_ENOMEM;

	if (rc == 0)
		rc = check(pack, &bytes);
	if (rc < 0)
		return rc;
	out->bytes = (uint8_t *)gm_buf_detach(&bytes);
	out->n = pack->index.n;
	return out->bytes ? 0 : GM_ENOMEM;
}

int64_t gm_pack_mtimes_at(const struct gm_pack_mtimes *mtimes, uint32_t at)
{
	return gm_be32(mtimes->bytes + HEADER_SIZE + 4 * (size_t)at);
}

void gm_pack_mtimes_dispose(struct gm_pack_mtimes *mtimes)
{
	gm_free(mtimes->bytes);
	mtimes->bytes = NULL;
}

static int put_times(struct gm_buf *out, const int64_t *times, size_t n)
{
	int rc = gm_buf_put(out, header, sizeof(header));

	for (size_t i = 0; rc == 0 && i < n; i++) {
		uint8_t bytes[4];
		int64_t time = times[i] < 0 ? 0 : times[i];
		gm_put_be32(bytes, time > UINT32_MAX ? UINT32_MAX : (uint32_t)time);
		rc = gm_buf_put(out, bytes, sizeof(bytes));
	}
	return rc;
}

/* The checksum of the pack is the last but one in its index. */
static int put_pack_checksum(struct gm_buf *out, const char *base)
{
	struct gm_pack_index index;
	gm_autofree char *path = gm_format("%s.idx", base);
	int rc = path ? gm_pack_index_open(&index, path) : GM_ENOMEM;

	if (rc < 0)
		return rc == GM_ENOTFOUND ? gm_error(rc, "'%s' does not exist", path)
					  : rc;
	rc = gm_buf_put(out, gm_pack_index_pack_checksum(&index), GM_SHA1_SIZE);
	gm_pack_index_dispose(&index);
	return rc;
}

int gm_pack_mtimes_write(const char *base, const int64_t *times, size_t n)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *path = gm_format("%s.mtimes", base);
	struct gm_sha1 sha1;
	uint8_t checksum[GM_SHA1_SIZE];
	int rc = path ? put_times(&bytes, times, n) : GM_ENOMEM;

	if (rc == 0)
		rc = put_pack_checksum(&bytes, base);
	if (rc < 0)
		return rc;
	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, bytes.ptr, bytes.size);
	gm_sha1_final(checksum, &sha1);
	rc = gm_buf_put(&bytes, checksum, sizeof(checksum));
	return rc < 0 ? rc : gm_file_write(path, bytes.ptr, bytes.size);
}
