/*
 * Deltas as they stand in packs (gitformat-pack(5), "Deltified representation"): the size of
 * the base, the size of the result, then instructions to copy from the base or to insert.
 */
#ifndef GM_OBJSTORE_DELTA_H
#define GM_OBJSTORE_DELTA_H

#include "base/buf.h"

/* Enough of a delta's beginning for gm_delta_sizes(). */
#define GM_DELTA_HEADER_MAX 20

/* GM_EMISMATCH when the beginning of the delta is no such thing. */
int gm_delta_sizes(
	size_t *base_size_out, size_t *result_size_out, const void *delta, size_t size);

/*
 * Replace the contents of `out` by the result. GM_EMISMATCH when the delta does not fit the
 * base or itself, GM_ETOOBIG when the result does not fit `out`.
 */
int gm_delta_apply(struct gm_buf *out, const void *base, size_t base_size,
	const void *delta, size_t delta_size);

#endif
