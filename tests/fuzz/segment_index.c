/*
 * An index of segments, opened from a file as it always is: every entry is looked at, each name is
 * looked up, by either hash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "objstore/crc32c.h"
#include "objstore/segment_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *folder(void)
{
	static char dir[] = "/tmp/fuzz-XXXXXX";
	static const char *made;

	if (!made)
		made = mkdtemp(dir);
	return made;
}

static void look(const struct gm_segment_index *index)
{
	struct gm_index_entry entry;
	uint32_t at;

	for (uint32_t i = 0; i < index->n; i++) {
		gm_segment_index_entry(&entry, index, i);
		if (gm_segment_index_find(&at, index, &entry.oid) && at >= index->n)
			__builtin_trap();
		if (gm_segment_index_by_sha256(index, i) >= index->n)
			__builtin_trap();
		(void)gm_segment_index_sha256_lower_bound(index, entry.sha256);
	}
}

/*
 * The header's checksum is made right, or hardly anything would come further; the bytes behind
 * it are those that are given, over and over.
 */
static int write_file(const char *path, const uint8_t *data, size_t size)
{
	static const uint8_t magic[8] = {'g', 'm', 'i', 'd', 'x', 0, 0, 1};
	uint32_t n = data[0] % 16u;
	size_t rest = 1024 + n * (size_t)GM_INDEX_ENTRY_SIZE + 4;
	uint8_t header[16];
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	memcpy(header, magic, 8);
	gm_put_le32(header + 8, n);
	gm_put_le32(header + 12, gm_crc32c(0, header, 12));
	(void)fwrite(header, 1, sizeof(header), file);
	for (size_t i = 0; i < rest; i++)
		(void)fputc(data[1 + i % (size - 1)], file);
	return fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_segment_index_free_p) struct gm_segment_index *index = NULL;
	const char *dir = folder();
	char path[64];

	if (!dir || size < 2)
		return 0;
	(void)snprintf(path, sizeof(path), "%s/idx-1", dir);
	if (write_file(path, data, size) == 0 &&
		gm_segment_index_open(&index, dir, "idx-1") == 0) {
		(void)gm_segment_index_check(index);
		look(index);
	}
	return 0;
}
