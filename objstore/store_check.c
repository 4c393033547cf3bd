#include <string.h>

#include "objstore/internal.h"
#include "objstore/names.h"
#include "objstore/segment_check.h"
#include "objstore/segments_write.h"

int gm_store_each_stray(struct gm_store *store, gm_store_report_fn report, void *payload)
{
	return store->segments ? gm_segments_each_stray(store->segments, report, payload)
			       : 0;
}

static int kept_name(uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	return gm_segments_sha256(out, payload, oid);
}

int gm_store_check_sha256(struct gm_store *store, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	uint8_t kept[GM_SHA256_SIZE];
	uint8_t name[GM_SHA256_SIZE];
	int rc = store->segments ? gm_segments_sha256(kept, store->segments, oid) : 0;

	if (rc < 0 || !store->segments)
		return rc == GM_ENOTFOUND ? 0 : rc;
	rc = gm_names_compute(name, type, data, size, kept_name, store->segments);
	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	return memcmp(kept, name, sizeof(name))
		? gm_error(GM_EMISMATCH, "the store keeps another SHA-256 name of it")
		: 0;
}
