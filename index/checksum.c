#include "index/checksum.h"

uint64_t gm_checksum(uint64_t sum, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		sum = gm_checksum_byte(sum, bytes[i]);
	return sum;
}
