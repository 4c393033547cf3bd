/*
 * A checksum (FNV-1a, 64 bits) over what the index gives back: SQLite itself does not notice
 * when a bit of a page flips. It tells damage from data, not friend from foe.
 */
#ifndef GM_INDEX_CHECKSUM_H
#define GM_INDEX_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define GM_CHECKSUM_INIT UINT64_C(0xcbf29ce484222325)

static inline uint64_t gm_checksum_byte(uint64_t sum, uint8_t byte)
{
	return (sum ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t gm_checksum(uint64_t sum, const void *data, size_t size);

#endif
