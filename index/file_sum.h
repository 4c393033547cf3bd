/*
 * The checksum of a whole file of the index: XXH64 (seed 0), which takes some gigabytes in a
 * second. It tells damage from data, not friend from foe.
 */
#ifndef GM_INDEX_FILE_SUM_H
#define GM_INDEX_FILE_SUM_H

#include <stddef.h>
#include <stdint.h>

struct gm_file_sum {
	uint64_t lanes[4];
	uint64_t size;    /* of all data */
	uint8_t tail[32]; /* what does not fill the lanes yet */
};

void gm_file_sum_init(struct gm_file_sum *out);
void gm_file_sum_add(struct gm_file_sum *sum, const void *data, size_t size);

/* The sum of what was added so far; more may be added. */
uint64_t gm_file_sum_get(const struct gm_file_sum *sum);

/* All at once. */
uint64_t gm_file_sum_of(const void *data, size_t size);

#endif
