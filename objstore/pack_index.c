#include "objstore/pack_index.h"

#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mapping.h"

#define FANOUT_SIZE (256 * 4)
#define TRAILER_SIZE (2 * GM_OID_SIZE)

static const uint8_t magic[4] = {0xff, 't', 'O', 'c'};

static int damaged(const char *why)
{
	return gm_error(GM_EMISMATCH, "a pack index is damaged: %s", why);
}

static bool fanout_is_sorted(const uint8_t *fanout)
{
	for (size_t i = 1; i < 256; i++)
		if (gm_be32(fanout + 4 * i) < gm_be32(fanout + 4 * (i - 1)))
			return false;
	return true;
}

static int init_v1(struct gm_pack_index *index)
{
	if (index->size < FANOUT_SIZE + TRAILER_SIZE)
		return damaged("too short");
	index->version = 1;
	index->fanout = index->bytes;
	index->n = gm_be32(index->fanout + 255 * 4);
	index->stride = 4 + GM_OID_SIZE;
	if (index->size !=
		FANOUT_SIZE + TRAILER_SIZE + (uint64_t)index->n * index->stride)
		return damaged("its size and its count disagree");
	index->offsets = index->bytes + FANOUT_SIZE;
	index->oids = index->offsets + 4;
	return 0;
}

static int init_v2(struct gm_pack_index *index)
{
	const size_t fixed = 8 + FANOUT_SIZE + TRAILER_SIZE;

	if (index->size < fixed)
		return damaged("too short");
	index->version = gm_be32(index->bytes + 4);
	if (index->version != 2)
		return gm_error(GM_EINVALID, "pack index version %u is not known",
			index->version);
	index->fanout = index->bytes + 8;
	index->n = gm_be32(index->fanout + 255 * 4);
	index->stride = GM_OID_SIZE;
	uint64_t tables = (uint64_t)index->n * (GM_OID_SIZE + 4 + 4);
	if (index->size - fixed < tables)
		return damaged("its size and its count disagree");
	uint64_t large = index->size - fixed - tables;
	if (large % 8 || large / 8 > index->n)
		return damaged("its size and its count disagree");
	index->n_large = (size_t)large / 8;
	index->oids = index->fanout + FANOUT_SIZE;
	index->crcs = index->oids + (size_t)index->n * GM_OID_SIZE;
	index->offsets = index->crcs + (size_t)index->n * 4;
	index->large = index->offsets + (size_t)index->n * 4;
	return 0;
}

int gm_pack_index_init(struct gm_pack_index *out, const void *bytes, size_t size)
{
	struct gm_pack_index index = {.bytes = bytes, .size = size};
	int rc;

	if (size >= 8 && !memcmp(bytes, magic, sizeof(magic)))
		rc = init_v2(&index);
	else
		rc = init_v1(&index);
	if (rc < 0)
		return rc;
	if (!fanout_is_sorted(index.fanout))
		return damaged("its fan-out table is not sorted");
	*out = index;
	return 0;
}

int gm_pack_index_open(struct gm_pack_index *out, const char *path)
{
	gm_autoclose int fd = -1;
	const uint8_t *bytes;
	size_t size;
	int rc = gm_open_regular(&fd, &size, path);

	if (rc < 0)
		return rc;
	if (!size)
		return damaged("empty");
	rc = gm_map_fd(&bytes, fd, size, path);
	if (rc < 0)
		return rc;
	rc = gm_pack_index_init(out, bytes, size);
	if (rc < 0) {
		(void)munmap(
			(void *)(uintptr_t)bytes, size); /* it was mapped like that */
		return rc;
	}
	out->mapped = true;
	return 0;
}

void gm_pack_index_dispose(struct gm_pack_index *index)
{
	if (index->mapped)
		(void)munmap((void *)(uintptr_t)index->bytes, index->size); /* as above */
	index->mapped = false;
}

uint32_t gm_pack_index_lower_bound(
	const struct gm_pack_index *index, const struct gm_oid *oid)
{
	uint8_t first = oid->bytes[0];
	uint32_t low = first ? gm_be32(index->fanout + 4 * (first - 1)) : 0;
	uint32_t high = gm_be32(index->fanout + 4 * first);

	return gm_oid_lower_bound(index->oids, index->stride, low, high, oid);
}

bool gm_pack_index_find(
	uint32_t *out, const struct gm_pack_index *index, const struct gm_oid *oid)
{
	uint32_t at = gm_pack_index_lower_bound(index, oid);

	if (at >= index->n ||
		memcmp(index->oids + at * index->stride, oid->bytes, GM_OID_SIZE) != 0)
		return false;
	*out = at;
	return true;
}

void gm_pack_index_oid(struct gm_oid *out, const struct gm_pack_index *index, uint32_t at)
{
	memcpy(out->bytes, index->oids + at * index->stride, GM_OID_SIZE);
}

int gm_pack_index_offset(uint64_t *out, const struct gm_pack_index *index, uint32_t at)
{
	if (index->version == 1) {
		*out = gm_be32(index->offsets + at * index->stride);
		return 0;
	}
	uint32_t offset = gm_be32(index->offsets + (size_t)at * 4);
	if (!(offset & 0x80000000)) {
		*out = offset;
		return 0;
	}
	offset &= 0x7fffffff;
	if (offset >= index->n_large)
		return damaged("an offset is missing");
	const uint8_t *large = index->large + (size_t)offset * 8;
	*out = (uint64_t)gm_be32(large) << 32 | gm_be32(large + 4);
	return 0;
}

uint32_t gm_pack_index_crc(const struct gm_pack_index *index, uint32_t at)
{
	return gm_be32(index->crcs + (size_t)at * 4);
}

const uint8_t *gm_pack_index_pack_checksum(const struct gm_pack_index *index)
{
	return index->bytes + index->size - TRAILER_SIZE;
}
