#include "dag/pack_refs.h"

#include <string.h>

#include "base/file.h"
#include "dag/ref_list.h"
#include "dag/refs_internal.h"

struct packing {
	struct gm_refs *refs;
	struct gm_lock *lock;
	struct gm_ref_list list;
};

static void dispose(struct packing *packing)
{
	gm_ref_list_dispose(&packing->list);
	gm_refs_free(packing->refs);
}

static bool is_packable(const struct gm_ref_item *item)
{
	return item->has_file && !item->target;
}

/* How many are to be packed. One that leads to nothing is for fsck to tell of first. */
static int count(size_t *n_out, const struct packing *packing, struct gm_store *store)
{
	*n_out = 0;
	for (size_t i = 0; i < packing->list.n; i++) {
		const struct gm_ref_item *item = &packing->list.items[i];
		if (!is_packable(item))
			continue;
		int exists = gm_store_exists(store, &item->oid);
		if (exists < 0)
			return exists;
		if (!exists)
			return gm_error(GM_EMISMATCH,
				"'%s' names an object that is missing", item->name);
		++*n_out;
	}
	return 0;
}

static int note(struct packing *packing, const char *name)
{
	gm_autofree char *text = gm_format("packed-refs.lock %s.lock", name);

	return text ? gm_lock_set_note(packing->lock, text) : GM_ENOMEM;
}

/* With its lock held, so that nobody moves it meanwhile. One that was moved stays. */
static int remove_file(struct packing *packing, const struct gm_ref_item *item)
{
	gm_autoref_lock held = GM_REF_LOCK_INIT;
	struct gm_loose_ref now = {.target = NULL};
	gm_autofree char *path = gm_path_join(packing->refs->gitdir, item->name);
	int rc = path ? note(packing, item->name) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_ref_lock_take(&held, packing->refs, packing->lock, item->name);
	if (rc == 0)
		rc = gm_loose_ref_read(&now, packing->refs, item->name);
	gm_autofree char *target = now.target;
	if (rc <= 0 || target || !gm_oid_equal(&now.oid, &item->oid))
		return rc < 0 ? rc : 0;
	rc = gm_unlink(path);
	gm_ref_lock_dispose(&held);
	if (rc == 0)
		gm_ref_folders_prune(packing->refs->gitdir, item->name);
	return rc;
}

static int write_packed(struct packing *packing, size_t *n_out, struct gm_store *store)
{
	gm_autoref_lock held = GM_REF_LOCK_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	const char *gitdir = packing->refs->gitdir;
	int rc = gm_lock_set_note(packing->lock, "packed-refs.lock");

	if (rc == 0)
		rc = gm_ref_lock_take(&held, packing->refs, packing->lock, "packed-refs");
	if (rc == 0)
		rc = gm_ref_list_read_files(&packing->list, gitdir, false);
	if (rc == 0)
		rc = count(n_out, packing, store);
	if (rc < 0 || !*n_out)
		return rc;
	rc = gm_ref_list_put_packed(&text, &packing->list, store);
	if (rc == 0)
		rc = gm_ref_lock_write(&held, text.ptr, text.size);
	if (rc == 0)
		rc = gm_ref_lock_commit(&held);
	return rc < 0 ? rc : gm_fsync_dir(gitdir);
}

int gm_refs_pack(
	size_t *n_out, const char *gitdir, struct gm_lock *lock, struct gm_store *store)
{
	gm_cleanup(dispose) struct packing packing = {
		.lock = lock, .list = GM_REF_LIST_INIT};
	size_t n = 0;
	int rc = gm_refs_open(&packing.refs, gitdir);

	if (rc < 0)
		return rc;
	gm_ref_lock_sweep(packing.refs, lock);
	rc = write_packed(&packing, &n, store);
	for (size_t i = 0; rc == 0 && n && i < packing.list.n; i++)
		if (is_packable(&packing.list.items[i]))
			rc = remove_file(&packing, &packing.list.items[i]);
	if (rc == 0)
		rc = gm_lock_set_note(lock, "");
	if (rc == 0)
		*n_out = n;
	return rc;
}
