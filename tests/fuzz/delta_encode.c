/*
 * A pair: the first two bytes say how much of the rest is the base. What is encoded must come
 * back.
 */
#include "objstore/delta_encode.h"

#include <stdint.h>
#include <string.h>

#include "objstore/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_delta_index_free_p) struct gm_delta_index *index = NULL;
	gm_autobuf delta = GM_BUF_INIT((size_t)16 << 20);
	gm_autobuf out = GM_BUF_INIT((size_t)16 << 20);

	if (size < 2)
		return 0;
	size_t n = data[0] | (size_t)data[1] << 8;
	data += 2;
	size -= 2;
	n = n < size ? n : size;
	if (gm_delta_index_new(&index, data, n) < 0)
		return 0;
	if (gm_delta_encode(&delta, index, data + n, size - n, delta.max) < 0 ||
		gm_delta_apply(&out, data, n, delta.ptr, delta.size) < 0 ||
		out.size != size - n || memcmp(out.ptr, data + n, out.size) != 0)
		__builtin_trap();
	return 0;
}
