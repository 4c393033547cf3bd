/*
 * The fixed rotation of vectors: random signs and Walsh-Hadamard transforms, which spread every
 * direction over all dimensions. The same on every machine, and the same for all of one size.
 */
#ifndef GM_INDEX_VECTOR_TURN_H
#define GM_INDEX_VECTOR_TURN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `v` made to have length 1, and turned, into `out`. False, with nothing of use in `out`, when it
 * has no direction: zeros, a NaN, an infinity.
 */
bool gm_vector_turn(float *out, const float *v, size_t dims);

#endif
