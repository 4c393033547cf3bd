/*
 * A pack's index: every place is looked at, and each name is looked up.
 */
#include "objstore/pack_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_pack_index index;
	struct gm_oid oid;
	uint64_t offset;
	uint32_t at;

	if (gm_pack_index_init(&index, data, size) < 0)
		return 0;
	for (uint32_t i = 0; i < index.n; i++) {
		gm_pack_index_oid(&oid, &index, i);
		(void)gm_pack_index_offset(&offset, &index, i);
		if (index.crcs)
			(void)gm_pack_index_crc(&index, i);
		if (gm_pack_index_find(&at, &index, &oid) && at >= index.n)
			__builtin_trap();
	}
	(void)gm_pack_index_pack_checksum(&index);
	return 0;
}
