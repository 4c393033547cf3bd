/* A file of the map of names: no look-up leaves it, and what is found has its checksum. */
#include "objstore/name_map_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_name_map_file file;
	struct gm_name_entry entry;
	uint8_t name[GM_SHA256_SIZE];
	struct gm_oid oid;

	if (gm_name_map_file_check(&file, data, size) < 0)
		return 0;
	for (uint32_t i = 0; i < file.n; i++) {
		(void)gm_name_map_file_entry(&entry, &file, i);
		(void)gm_name_map_file_find(name, &file, &entry.oid);
		(void)gm_name_map_file_find_sha256(&oid, &file, entry.sha256);
	}
	return 0;
}
