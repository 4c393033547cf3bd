/*
 * A loose object's file: read, and what is read is what it says.
 */
#include "objstore/loose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autobuf out = GM_BUF_INIT((size_t)16 << 20);
	struct gm_inflate inflate = {.ready = false};
	enum gm_object_type type = GM_OBJECT_NONE;
	struct gm_oid oid;

	if (gm_loose_decode(&out, &type, &inflate, data, size) == 0)
		gm_object_hash(&oid, type, out.ptr, out.size);
	else if (out.size || type != GM_OBJECT_NONE)
		__builtin_trap();
	gm_inflate_dispose(&inflate);
	return 0;
}
