/* Bytes of a packed-refs file: whatever they are, walking, finding and rewriting end. */
#include "dag/packed_refs.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_autobuf rest = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_packed_refs packed;
	struct gm_packed_ref ref;
	struct gm_oid oid;
	int rc;

	gm_packed_refs_set(&packed, (const char *)data, size);
	size_t at = packed.start;
	while ((rc = gm_packed_refs_next(&ref, &at, &packed)) > 0)
		if (!ref.name_size || at > size)
			abort();
	int without = gm_packed_refs_without(&rest, &packed, "refs/heads/main");
	if ((rc < 0) != (without < 0) || rest.size > size)
		abort();
	(void)gm_packed_refs_find(&oid, &packed, "refs/heads/main"); /* only must end */
	(void)gm_packed_refs_has(&packed, "refs/heads/");            /* likewise */
	return 0;
}
