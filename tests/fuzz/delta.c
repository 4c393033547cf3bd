/*
 * A delta: the first byte says how much of the rest is the base.
 */
#include "objstore/delta.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autobuf out = GM_BUF_INIT((size_t)16 << 20);
	size_t base_size;
	size_t result_size;

	if (!size)
		return 0;
	size_t n = data[0] < size - 1 ? data[0] : size - 1;
	const uint8_t *delta = data + 1 + n;
	size_t delta_size = size - 1 - n;
	if (gm_delta_apply(&out, data + 1, n, delta, delta_size) < 0)
		return 0;
	if (gm_delta_sizes(&base_size, &result_size, delta, delta_size) < 0 ||
		base_size != n || result_size != out.size)
		__builtin_trap();
	return 0;
}
