#include "objstore/internal.h"
#include "objstore/segment_refs.h"
#include "objstore/segments_locks.h"
#include "objstore/segments_upkeep.h"

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

/* Entries that are not sealed yet would stay. */
static int filter_sealed(
	struct gm_segments *segments, gm_store_reflog_fn keep, void *payload)
{
	gm_time held;
	int rc = gm_segments_refresh(segments);

	if (rc >= 0)
		rc = gm_segments_seal_any(&held, segments);
	if (rc >= 0)
		rc = gm_segments_refresh(segments);
	return rc < 0 ? rc : gm_segments_filter_logs(segments, keep, payload);
}

int gm_store_reflogs_filter(
	struct gm_store *store, gm_store_reflog_fn keep, void *payload)
{
	if (!store->segments)
		return refuse();
	int rc = gm_segments_upkeep_try(store->segments);
	if (rc == 0)
		return gm_error(
			GM_ELOCKED, "another process is at the upkeep of the store");
	if (rc < 0)
		return rc;
	rc = filter_sealed(store->segments, keep, payload);
	gm_segments_upkeep_end(store->segments);
	return rc;
}
