/*
 * CRC-32C (Castagnoli, RFC 3720): what tells a damaged record from a sound one. Uses the
 * instruction of the processor where it has one; the results are the same.
 */
#ifndef GM_OBJSTORE_CRC32C_H
#define GM_OBJSTORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Go on from `crc` (0 at the start): the crc of a whole is that of its parts in turn. */
uint32_t gm_crc32c(uint32_t crc, const void *data, size_t size);

/* The same, by table; gm_crc32c() picks it by itself where it must. */
uint32_t gm_crc32c_by_table(uint32_t crc, const void *data, size_t size);

#endif
