/*
 * Orthonormal bases: the columns of a tall matrix made orthogonal to each other and of length 1,
 * by a Cholesky factor of their products (Yamamoto et al. 2015, "CholeskyQR2").
 */
#ifndef GM_INDEX_ORTHONORMAL_H
#define GM_INDEX_ORTHONORMAL_H

#include <stddef.h>

#include "index/dense.h"

/*
 * Replace the columns of `y` (n x dims) by a basis of what they span. A column that is, all but
 * rounding, a sum of those before it becomes zero. Once makes it a good basis for going on,
 * twice an exact one. GM_ENOMEM.
 */
int gm_orthonormalise(float *y, size_t n, size_t dims, const struct gm_dense *dense);

#endif
