/*
 * What one flipped bit does to the parts of a segment that others depend on. A header and the
 * end of a group say nothing that does not follow from the manifest and from the records in
 * front: where they are off by a bit only, nothing is lost. (It is damage all the same, and
 * named as such.)
 */
#ifndef GM_OBJSTORE_SEGMENT_FLIP_H
#define GM_OBJSTORE_SEGMENT_FLIP_H

#include <stdbool.h>

#include "objstore/segment_record.h"

/* Whether `bytes`, `size` of them, begin with the header of this segment but for one bit. */
bool gm_segment_header_flipped(
	const uint8_t *bytes, size_t size, uint64_t id, uint64_t number);

/*
 * Whether the records from `from` on are a group whose end is off by one bit: 1 with the place
 * of that end and the one behind it, both in front of `to`; 0; or out of memory.
 */
int gm_segment_flipped_group(size_t *at_out, size_t *next_out, const uint8_t *bytes,
	size_t from, size_t to, uint64_t id);

/*
 * The class of the one damaged record that `bytes` are, which stood at `offset`; 0 when it
 * cannot be told, or out of memory.
 */
int gm_record_damaged_class(
	const uint8_t *bytes, size_t size, uint64_t id, uint64_t offset);

#endif
