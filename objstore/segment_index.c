#include "objstore/segment_index.h"

#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/crc32c.h"

#define FOOTER_SIZE 4
#define VERSION 1

static const char magic[8] = {'g', 'm', 'i', 'd', 'x', 0, 0, VERSION};

static size_t size_of(uint32_t n)
{
	return GM_INDEX_HEADER_SIZE + GM_INDEX_TABLE_SIZE +
		(size_t)n * GM_INDEX_ENTRY_SIZE + FOOTER_SIZE;
}

static const uint8_t *oids_of(const struct gm_segment_index *index)
{
	return index->map + GM_INDEX_HEADER_SIZE + GM_INDEX_TABLE_SIZE;
}

static const uint8_t *sha256s_of(const struct gm_segment_index *index)
{
	return oids_of(index) + (size_t)index->n * GM_OID_SIZE;
}

static const uint8_t *places_of(const struct gm_segment_index *index)
{
	return sha256s_of(index) + (size_t)index->n * GM_SHA256_SIZE;
}

static const uint8_t *ranks_of(const struct gm_segment_index *index)
{
	return places_of(index) + (size_t)index->n * 8;
}

static int check_header(const struct gm_segment_index *index)
{
	if (index->size < size_of(0) || memcmp(index->map, magic, 7) != 0)
		return gm_error(GM_EMISMATCH, "'%s' is no index", index->path);
	if (gm_le32(index->map + 12) != gm_crc32c(0, index->map, 12))
		return gm_error(GM_EMISMATCH, "'%s' has a damaged header", index->path);
	if (index->map[7] != VERSION)
		return gm_error(GM_EINVALID,
			"'%s' was written by a newer gitmem: version %u", index->path,
			index->map[7]);
	if (index->size != size_of(gm_le32(index->map + 8)))
		return gm_error(GM_EMISMATCH, "'%s' has the wrong size", index->path);
	return 0;
}

int gm_segment_index_open(
	struct gm_segment_index **out, const char *dir, const char *file)
{
	gm_cleanup(gm_segment_index_free_p) struct gm_segment_index *index =
		gm_calloc(1, sizeof(*index));
	gm_autoclose int fd = -1;
	size_t size;

	if (!index)
		return GM_ENOMEM;
	memcpy(index->file, file, strlen(file) + 1);
	index->path = gm_path_join(dir, file);
	if (!index->path)
		return GM_ENOMEM;
	int rc = gm_open_regular(&fd, &size, index->path);
	if (rc == GM_ENOTFOUND)
		return gm_error(rc, "'%s' does not exist", index->path);
	if (rc == 0 && size < size_of(0))
		rc = gm_error(GM_EMISMATCH, "'%s' is cut off", index->path);
	if (rc == 0)
		rc = gm_map_fd(&index->map, fd, size, index->path);
	if (rc < 0)
		return rc;
	index->size = size;
	rc = check_header(index);
	if (rc < 0)
		return rc;
	index->n = gm_le32(index->map + 8);
	*out = gm_steal(&index);
	return 0;
}

void gm_segment_index_free(struct gm_segment_index *index)
{
	if (!index)
		return;
	if (index->map)
		(void)munmap((void *)(uintptr_t)index->map, index->size); /* as mapped */
	gm_free(index->path);
	gm_free(index);
}

int gm_segment_index_check(struct gm_segment_index *index)
{
	size_t body = index->size - FOOTER_SIZE;

	if (!index->checked &&
		gm_crc32c(0, index->map, body) != gm_le32(index->map + body))
		return gm_error(GM_EMISMATCH, "'%s' is damaged: its checksum is wrong",
			index->path);
	index->checked = true;
	return 0;
}

/* Bounds from a damaged file are no bounds. */
static uint32_t fan(const struct gm_segment_index *index, unsigned byte)
{
	uint32_t at = gm_le32(index->map + GM_INDEX_HEADER_SIZE + (size_t)byte * 4);

	return at < index->n ? at : index->n;
}

static int check_table(struct gm_segment_index *index)
{
	const uint8_t *table = index->map + GM_INDEX_HEADER_SIZE;
	size_t size = GM_INDEX_TABLE_SIZE - 4;

	if (!index->checked_table && gm_crc32c(0, table, size) != gm_le32(table + size))
		return gm_error(
			GM_EMISMATCH, "'%s' is damaged: its table is wrong", index->path);
	index->checked_table = true;
	return 0;
}

int gm_segment_index_check_names(
	struct gm_segment_index *index, unsigned first, unsigned last)
{
	const uint8_t *sums = index->map + GM_INDEX_HEADER_SIZE + 256 * 4;
	int rc = index->checked ? 0 : check_table(index);

	for (unsigned byte = first; rc == 0 && !index->checked && byte <= last; byte++) {
		size_t from = byte ? fan(index, byte - 1) : 0;
		size_t to = fan(index, byte);
		if (index->checked_names[byte])
			continue;
		if (from > to ||
			gm_crc32c(0, oids_of(index) + from * GM_OID_SIZE,
				(to - from) * GM_OID_SIZE) !=
				gm_le32(sums + (size_t)byte * 4))
			return gm_error(GM_EMISMATCH,
				"'%s' is damaged: its names are wrong", index->path);
		index->checked_names[byte] = true;
	}
	return rc;
}

uint32_t gm_segment_index_lower_bound(
	const struct gm_segment_index *index, const struct gm_oid *oid)
{
	return gm_oid_lower_bound(oids_of(index), GM_OID_SIZE,
		oid->bytes[0] ? fan(index, oid->bytes[0] - 1u) : 0,
		fan(index, oid->bytes[0]), oid);
}

bool gm_segment_index_find(
	uint32_t *at_out, const struct gm_segment_index *index, const struct gm_oid *oid)
{
	uint32_t at = gm_segment_index_lower_bound(index, oid);

	if (at >= index->n ||
		memcmp(oids_of(index) + (size_t)at * GM_OID_SIZE, oid->bytes,
			GM_OID_SIZE) != 0)
		return false;
	*at_out = at;
	return true;
}

void gm_segment_index_oid(
	struct gm_oid *out, const struct gm_segment_index *index, uint32_t at)
{
	memcpy(out->bytes, oids_of(index) + (size_t)at * GM_OID_SIZE, GM_OID_SIZE);
}

uint64_t gm_segment_index_place(const struct gm_segment_index *index, uint32_t at)
{
	return gm_le64(places_of(index) + (size_t)at * 8);
}

void gm_segment_index_entry(
	struct gm_index_entry *out, const struct gm_segment_index *index, uint32_t at)
{
	gm_segment_index_oid(&out->oid, index, at);
	memcpy(out->sha256, sha256s_of(index) + (size_t)at * GM_SHA256_SIZE,
		GM_SHA256_SIZE);
	out->place = gm_segment_index_place(index, at);
}

uint32_t gm_segment_index_by_sha256(const struct gm_segment_index *index, uint32_t rank)
{
	uint32_t at = gm_le32(ranks_of(index) + (size_t)rank * 4);

	return at < index->n ? at : index->n - 1;
}

uint32_t gm_segment_index_sha256_lower_bound(
	const struct gm_segment_index *index, const uint8_t sha256[GM_SHA256_SIZE])
{
	uint32_t low = 0;
	uint32_t high = index->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t at = gm_segment_index_by_sha256(index, middle);
		if (memcmp(sha256s_of(index) + (size_t)at * GM_SHA256_SIZE, sha256,
			    GM_SHA256_SIZE) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
