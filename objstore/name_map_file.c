#include "objstore/name_map_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/crc32c.h"
#include "objstore/segment_record.h"

#define HEADER_SIZE 16
#define FANOUT_SIZE (256 * 4)
#define VERSION 1

static const uint8_t magic[8] = {'g', 'm', 'n', 'a', 'm', 0, 0, VERSION};

void gm_name_entry_put(uint8_t out[GM_NAME_ENTRY_SIZE], const struct gm_name_entry *entry)
{
	const size_t size = GM_NAME_ENTRY_SIZE - 4;

	memcpy(out, entry->oid.bytes, GM_OID_SIZE);
	memcpy(out + GM_OID_SIZE, entry->sha256, GM_SHA256_SIZE);
	gm_put_le32(out + size, gm_crc32c(0, out, size));
}

bool gm_name_entry_get(struct gm_name_entry *out, const uint8_t bytes[GM_NAME_ENTRY_SIZE])
{
	const size_t size = GM_NAME_ENTRY_SIZE - 4;

	if (gm_le32(bytes + size) != gm_crc32c(0, bytes, size))
		return false;
	memcpy(out->oid.bytes, bytes, GM_OID_SIZE);
	memcpy(out->sha256, bytes + GM_OID_SIZE, GM_SHA256_SIZE);
	return true;
}

bool gm_name_map_file_number(uint32_t *out, const char *name)
{
	unsigned number;
	int size = 0;

	if (sscanf(name, "map-%8u%n", &number, &size) != 1 || size != 12 || name[size])
		return false;
	*out = number;
	return true;
}

static size_t size_of(uint32_t n)
{
	return HEADER_SIZE + FANOUT_SIZE + (size_t)n * (GM_NAME_ENTRY_SIZE + 4);
}

static const uint8_t *entries_of(const struct gm_name_map_file *file)
{
	return file->map + HEADER_SIZE + FANOUT_SIZE;
}

static const uint8_t *ranks_of(const struct gm_name_map_file *file)
{
	return entries_of(file) + (size_t)file->n * GM_NAME_ENTRY_SIZE;
}

int gm_name_map_file_check(
	struct gm_name_map_file *out, const uint8_t *bytes, size_t size)
{
	if (size < size_of(0) || memcmp(bytes, magic, sizeof(magic)) != 0 ||
		gm_le32(bytes + 12) != gm_crc32c(0, bytes, 12) ||
		size != size_of(gm_le32(bytes + 8)))
		return gm_error(GM_EMISMATCH, "this is no map of names");
	out->map = bytes;
	out->size = size;
	out->n = gm_le32(bytes + 8);
	return 0;
}

int gm_name_map_file_open(struct gm_name_map_file **out, const char *dir, uint32_t number)
{
	gm_autofree char *path = gm_format("%s/map-%08u", dir, number);
	gm_cleanup(gm_name_map_file_free_p) struct gm_name_map_file *file =
		gm_calloc(1, sizeof(*file));
	gm_autoclose int fd = -1;

	if (!path || !file)
		return GM_ENOMEM;
	int rc = gm_open_regular(&fd, &file->size, path);
	if (rc == 0 && file->size < size_of(0))
		rc = gm_error(GM_EMISMATCH, "'%s' is cut off", path);
	if (rc == 0)
		rc = gm_map_fd(&file->map, fd, file->size, path);
	if (rc == 0)
		rc = gm_name_map_file_check(file, file->map, file->size);
	if (rc < 0)
		return rc;
	file->number = number;
	*out = gm_steal(&file);
	return 0;
}

void gm_name_map_file_free(struct gm_name_map_file *file)
{
	if (!file)
		return;
	if (file->map)
		(void)munmap((void *)(uintptr_t)file->map, file->size); /* as mapped */
	gm_free(file);
}

/* Bounds from a damaged file are no bounds. */
static uint32_t fan(const struct gm_name_map_file *file, unsigned byte)
{
	uint32_t at = gm_le32(file->map + HEADER_SIZE + (size_t)byte * 4);

	return at < file->n ? at : file->n;
}

bool gm_name_map_file_entry(
	struct gm_name_entry *out, const struct gm_name_map_file *file, uint32_t at)
{
	return gm_name_entry_get(out, entries_of(file) + (size_t)at * GM_NAME_ENTRY_SIZE);
}

int gm_name_map_file_find(uint8_t out[GM_SHA256_SIZE],
	const struct gm_name_map_file *file, const struct gm_oid *oid)
{
	const uint8_t *entries = entries_of(file);
	uint32_t low = oid->bytes[0] ? fan(file, oid->bytes[0] - 1u) : 0;
	uint32_t high = fan(file, oid->bytes[0]);
	struct gm_name_entry entry;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = memcmp(entries + (size_t)middle * GM_NAME_ENTRY_SIZE,
			oid->bytes, GM_OID_SIZE);
		if (order == 0 && !gm_name_map_file_entry(&entry, file, middle))
			return GM_ENOTFOUND;
		if (order == 0) {
			memcpy(out, entry.sha256, GM_SHA256_SIZE);
			return 0;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return GM_ENOTFOUND;
}

int gm_name_map_file_find_sha256(struct gm_oid *out, const struct gm_name_map_file *file,
	const uint8_t sha256[GM_SHA256_SIZE])
{
	uint32_t low = 0, high = file->n;
	struct gm_name_entry entry;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t at = gm_le32(ranks_of(file) + (size_t)middle * 4);
		if (at >= file->n || !gm_name_map_file_entry(&entry, file, at))
			return GM_ENOTFOUND;
		int order = memcmp(entry.sha256, sha256, GM_SHA256_SIZE);
		if (order == 0) {
			*out = entry.oid;
			return 0;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return GM_ENOTFOUND;
}
