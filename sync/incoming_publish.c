#include "sync/incoming_publish.h"

#include "objstore/own_objects.h"
#include "objstore/pack_adopt.h"

/* git's is the same. */
#define UNPACK_LIMIT 100

void gm_published_dispose(struct gm_published *published)
{
	gm_batch_free(gm_steal(&published->batch));
	gm_pack_keep_release(&published->keep);
}

/* 1 when the pack is to be kept as it is. */
static int stays_packed(const struct gm_incoming *incoming, struct gm_repo *repo)
{
	size_t limit = UNPACK_LIMIT;
	int rc = gm_config_get_size(&limit, gm_repo_config(repo), "fetch.unpackLimit");

	if (rc < 0 || gm_store_has_segments(gm_repo_store(repo)))
		return rc;
	return gm_incoming_n(incoming) >= limit;
}

int gm_incoming_publish(struct gm_published *out, struct gm_incoming *incoming,
	const struct gm_arrived *arrived)
{
	struct gm_store *store = gm_repo_store(arrived->repo);
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	size_t n;
	int rc = stays_packed(incoming, arrived->repo);

	if (rc > 0)
		return gm_pack_adopt(&out->keep, gm_own_objects_dir(store),
			gm_incoming_pack(incoming));
	if (rc == 0)
		rc = gm_batch_begin(&batch, store);
	if (rc == 0)
		rc = gm_arrived_write(&n, batch, arrived);
	if (rc == 0)
		out->batch = gm_steal(&batch);
	return rc;
}
