#include "index/ln.h"

#include <stdint.h>
#include <string.h>

/* x is m * 2^e with m near 1, and ln m is 2 artanh((m - 1) / (m + 1)), a quick series there. */
double gm_ln(double x)
{
	static const double ln_2 = 0.693147180559945309417232121458;
	static const double sqrt_2 = 1.41421356237309504880168872421;
	uint64_t bits;
	int shift = 0;

	if (x < 0x1p-1022) {
		x *= 0x1p54;
		shift = -54;
	}
	memcpy(&bits, &x, sizeof(bits));
	int exponent = (int)(bits >> 52 & 0x7ff) - 1023 + shift;
	bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff) << 52;
	memcpy(&x, &bits, sizeof(x));
	if (x > sqrt_2) {
		x /= 2;
		exponent++;
	}
	double ratio = (x - 1) / (x + 1);
	double square = ratio * ratio;
	double sum = 0;
	for (int i = 23; i > 0; i -= 2)
		sum = sum * square + 1.0 / i;
	return 2 * ratio * sum + exponent * ln_2;
}
