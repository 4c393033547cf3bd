#include <sys/mman.h>

#include "base/file.h"
#include "objstore/internal.h"
#include "objstore/segments_upkeep.h"

/* Objects in Git's layout beside segments are those that came from elsewhere, if any. */
int gm_store_open_segments(struct gm_store *store, const char *path)
{
	gm_autofree char *objects = gm_path_join(path, "objects");
	int rc = objects ? gm_segments_open(&store->segments, path) : GM_ENOMEM;

	if (rc < 0 || !gm_is_dir(objects))
		return rc;
	return gm_store_add_source(store, objects, 0);
}

int gm_segments_or(struct gm_store *store, const struct gm_oid *oid, int found, int rest)
{
	if (!store->segments || rest == 0 || gm_source_is_final(rest))
		return rest;
	if (found != GM_ENOTFOUND)
		return found;
	int fault = rest == GM_ENOTFOUND
		? gm_segments_fault_of(store->segments, oid->bytes[0], oid->bytes[0])
		: 0;
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
	store->is_flushed = is_flushed;
	if (store->segments)
		store->segments->is_flushed = is_flushed;
}

int gm_store_derived_path(
	struct gm_buf *out, const struct gm_store *store, const char *name)
{
	if (store->segments)
		return gm_buf_printf(out, "%s/%s", store->segments->dir, name);
	return gm_buf_printf(out, "%s/info/%s", store->sources[0]->dir, name);
}

static void forget(const void *map, size_t size)
{
	if (map)
		(void)madvise((void *)(uintptr_t)map, size, MADV_DONTNEED); /* a hint */
}

void gm_store_forget_pages(struct gm_store *store)
{
	const struct gm_segments *segments = store->segments;

	for (size_t i = 0; segments && i < segments->manifest.n_segments; i++)
		if (segments->sealed[i])
			forget(segments->sealed[i]->map, segments->sealed[i]->size);
	for (size_t i = 0; segments && i < segments->manifest.n_indexes; i++)
		if (segments->indexes[i])
			forget(segments->indexes[i]->map, segments->indexes[i]->size);
	for (size_t i = 0; i < store->n_sources; i++)
		for (size_t k = 0; k < store->sources[i]->n_packs; k++)
			forget(store->sources[i]->packs[k]->bytes,
				store->sources[i]->packs[k]->size);
}

int gm_store_settle(struct gm_store *store)
{
	return store->segments ? gm_segments_settle(store->segments) : 0;
}

void gm_store_set_waiting(struct gm_store *store, const char *command,
	gm_lock_wait_fn waiting, void *payload)
{
	store->command = command;
	store->waiting = waiting;
	store->waiting_payload = payload;
	if (!store->segments)
		return;
	store->segments->command = command;
	store->segments->waiting = waiting;
	store->segments->waiting_payload = payload;
}

int gm_store_hold_flushes(struct gm_store *store, bool hold)
{
	return store->segments ? gm_segments_hold_flushes(store->segments, hold) : 0;
}

int gm_store_flush(struct gm_store *store)
{
	return store->segments ? gm_segments_flush(store->segments) : 0;
}
