#include "objstore/internal.h"
#include "objstore/segment_refs.h"

static int refuse(void)
{
	return gm_error(GM_ERROR, "the refs are not kept in this store");
}

int gm_store_ref_read(struct gm_ref_value *out, struct gm_store *store, const char *name)
{
	if (!store->segments)
		return refuse();
	int rc = gm_segment_ref_read(out, store->segments, name);
	if (rc == GM_ENOTFOUND)
		return gm_error(rc, "ref '%s' does not exist", name);
	return rc;
}

int gm_store_refs_each(
	struct gm_store *store, const char *prefix, gm_store_ref_fn each, void *payload)
{
	if (!store->segments)
		return refuse();
	return gm_segment_refs_each(store->segments, prefix, each, payload);
}

int gm_store_reflog_each(
	struct gm_store *store, const char *name, gm_store_reflog_fn each, void *payload)
{
	if (!store->segments)
		return refuse();
	return gm_segment_reflog_each(store->segments, name, each, payload);
}

int gm_store_reflogs_each(struct gm_store *store, gm_store_reflog_fn each, void *payload)
{
	if (!store->segments)
		return refuse();
	return gm_segment_reflogs_each(store->segments, each, payload);
}
