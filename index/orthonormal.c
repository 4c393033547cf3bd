#include "index/orthonormal.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

/*
 * What may be left of the squared length of a column when those before it are taken out, for it
 * to be more than the rounding of floats.
 */
#define LEAST_LEFT 1e-5

/* Replace the upper triangle of `r` by its Cholesky factor; zero columns have rows of 0. */
static void factor(double *r, size_t dims)
{
	for (size_t a = 0; a < dims; a++) {
		double *row = r + a * dims;
		double whole = row[a];

		for (size_t i = 0; i < a; i++) {
			const double *above = r + i * dims;
			double part = above[a];

			for (size_t b = a; part != 0 && b < dims; b++)
				row[b] -= part * above[b];
		}
		bool zero = !(row[a] > LEAST_LEFT * whole);
		double root = zero ? 0 : __builtin_sqrt(row[a]);
		for (size_t b = a; b < dims; b++)
			row[b] = zero ? 0 : row[b] / root;
	}
}

/* The inverse of the upper triangular `r`, with columns of 0 where it has rows of them. */
static void invert(float *out, double *column, const double *r, size_t dims)
{
	for (size_t b = 0; b < dims; b++) {
		bool zero = r[b * dims + b] == 0;

		column[b] = zero ? 0 : 1 / r[b * dims + b];
		for (size_t a = b; a-- > 0;) {
			const double *row = r + a * dims;
			double sum = 0;

			for (size_t i = a + 1; i <= b && row[a] != 0; i++)
				sum += row[i] * column[i];
			column[a] = row[a] != 0 ? -sum / row[a] : 0;
		}
		for (size_t a = 0; a < dims; a++)
			out[a * dims + b] = a <= b ? (float)column[a] : 0;
	}
}

int gm_orthonormalise(float *y, size_t n, size_t dims, const struct gm_dense *dense)
{
	gm_autofree double *products = gm_calloc(dims * dims, sizeof(*products));
	gm_autofree double *column = gm_calloc(dims, sizeof(*column));
	gm_autofree float *inverse = gm_calloc(dims * dims, sizeof(*inverse));

	if (!products || !column || !inverse)
		return GM_ENOMEM;
	dense->gram(products, y, n, dims);
	factor(products, dims);
	invert(inverse, column, products, dims);
	dense->multiply(y, n, dims, inverse);
	return 0;
}
