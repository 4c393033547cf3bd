/*
 * Holes: what a power cut leaves of a write that was not flushed. The system keeps a file by
 * blocks, of which some may have reached the device and others not; those that did not, behind
 * what was there before, read as zeros.
 */
#ifndef GM_BASE_HOLE_H
#define GM_BASE_HOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Devices write no less than this at once. */
#define GM_HOLE_BLOCK ((size_t)512)

/*
 * Whether a block of a file, or what of it belongs to the bytes behind `from`, is all zeros, and
 * begins in front of `to`. `data` are the bytes of the file from its start, `size` of them.
 */
bool gm_has_hole(const void *data, size_t from, size_t to, size_t size);

#endif
