#include "base/file.h"
#include "objstore/internal.h"

/* Objects in Git's layout beside segments are those that came from elsewhere, if any. */
int gm_store_open_segments(struct gm_store *store, const char *path)
{
	gm_autofree char *objects = gm_path_join(path, "objects");
	int rc = objects ? gm_segments_open(&store->segments, path) : GM_ENOMEM;

	if (rc < 0 || !gm_is_dir(objects))
		return rc;
	return gm_store_add_source(store, objects, 0);
}

int gm_segments_or(struct gm_store *store, int found, int rest)
{
	if (!store->segments || rest == 0 || gm_source_is_final(rest))
		return rest;
	if (found != GM_ENOTFOUND)
		return found;
	int fault = rest == GM_ENOTFOUND ? gm_segments_fault(store->segments) : 0;
	return fault < 0 ? fault : rest;
}

int gm_store_create(const char *gitdir)
{
	return gm_segments_create(gitdir);
}

bool gm_store_has_segments(const struct gm_store *store)
{
	return store->segments != NULL;
}

void gm_store_set_flushed(struct gm_store *store, bool is_flushed)
{
	if (store->segments)
		store->segments->is_flushed = is_flushed;
}
