#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "objstore/internal.h"
#include "objstore/litter.h"
#include "objstore/loose.h"
#include "objstore/own_objects.h"

/* Of a pack whose index is out of the way. */
static const char *const endings[] = {".pack", ".rev", ".bitmap", ".mtimes"};

/* Whether everything that is in a pack is cared for. */
static int is_replaced(const struct gm_own_objects *own, const char *base)
{
	gm_autofree char *path = gm_format("%s.idx", base);
	struct gm_pack_index index;
	bool replaced = true;
	int rc = path ? gm_pack_index_open(&index, path) : GM_ENOMEM;

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	for (uint32_t i = 0; replaced && i < index.n; i++) {
		struct gm_oid oid;
		gm_pack_index_oid(&oid, &index, i);
		const struct gm_own_object *object = gm_own_objects_find(own, &oid);
		replaced = object && (object->flags & (GM_OWN_REPACKED | GM_OWN_DROPPED));
	}
	gm_pack_index_dispose(&index);
	return replaced;
}

/* First the index gets another name, by which what is left after a power cut is known. */
static int hide_index(const char *base)
{
	gm_autofree char *path = gm_format("%s.idx", base);
	gm_autofree char *gone = gm_gone_index(base);

	return path && gone ? gm_rename(path, gone) : GM_ENOMEM;
}

static int remove_files(const char *base)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(endings) / sizeof(*endings); i++) {
		gm_autofree char *path = gm_format("%s%s", base, endings[i]);
		rc = path ? gm_unlink(path) : GM_ENOMEM;
	}
	return rc;
}

static int remove_hidden(const char *base)
{
	gm_autofree char *gone = gm_gone_index(base);

	return gone ? gm_unlink(gone) : GM_ENOMEM;
}

/* Each step durable before the next. */
static int remove_packs(const struct gm_strv *packs, const char *pack_dir)
{
	static int (*const steps[])(const char *base) = {
		hide_index, remove_files, remove_hidden};
	int rc = 0;

	for (size_t step = 0; step < sizeof(steps) / sizeof(*steps); step++) {
		for (size_t i = 0; rc == 0 && i < packs->n; i++)
			rc = steps[step](packs->items[i]);
		if (rc == 0 && packs->n)
			rc = gm_fsync_dir(pack_dir);
	}
	return rc;
}

/* 1 or 0. */
static int may_go(const struct gm_own_objects *own, const char *base)
{
	gm_autofree char *keep = gm_format("%s.keep", base);
	int rc = gm_interrupted();

	if (!keep)
		return GM_ENOMEM;
	return rc < 0 || gm_path_exists(keep) ? rc : is_replaced(own, base);
}

static int remove_multi(const char *name, void *payload)
{
	const char *dir = payload;

	if (strncmp(name, "multi-pack-index", strlen("multi-pack-index")) != 0 ||
		strchr(name, '.') != strrchr(name, '.'))
		return 0;
	gm_autofree char *path = gm_path_join(dir, name);
	return path ? gm_unlink(path) : GM_ENOMEM;
}

int gm_own_packs_remove(
	struct gm_own_objects *own, struct gm_store *store, const struct gm_strv *except)
{
	const char *dir = gm_own_objects_dir(store);
	gm_autofree char *pack_dir = dir ? gm_path_join(dir, "pack") : NULL;
	gm_autostrv going = GM_STRV_INIT;
	size_t n = 0;
	int rc = 0;

	if (!pack_dir)
		return dir ? GM_ENOMEM : 0;
	for (size_t i = 0; i < own->packs.n; i++)
		n += !gm_strv_contains(except, own->packs.items[i]);
	if (n)
		rc = gm_dir_each(pack_dir, remove_multi, pack_dir);
	if (rc == 0 && n)
		rc = gm_fsync_dir(pack_dir);
	for (size_t i = 0; rc == 0 && i < own->packs.n; i++) {
		if (gm_strv_contains(except, own->packs.items[i]))
			continue;
		rc = may_go(own, own->packs.items[i]);
		if (rc > 0)
			rc = gm_strv_add(&going, own->packs.items[i]);
	}
	return rc < 0 ? rc : remove_packs(&going, pack_dir);
}

/* Somebody may be about to use what was touched a moment ago. */
static bool is_expired(const char *path, int64_t expire)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_mtim.tv_sec < expire;
}

int gm_own_loose_remove(struct gm_own_objects *own, struct gm_store *store, size_t *at,
	size_t max, int64_t expire)
{
	const char *dir = gm_own_objects_dir(store);
	int rc = gm_interrupted();

	for (; rc == 0 && max && *at < own->n; ++*at) {
		const struct gm_own_object *object = &own->items[*at];
		bool is_repacked = object->flags & GM_OWN_REPACKED;
		if (!(object->flags & GM_OWN_LOOSE) ||
			(!is_repacked && !(object->flags & GM_OWN_DROPPED)))
			continue;
		rc = gm_loose_path(&store->path, dir, &object->oid);
		if (rc == 0 && (is_repacked || is_expired(store->path.ptr, expire)))
			rc = gm_unlink(store->path.ptr);
		max--;
	}
	return rc;
}

int gm_own_litter_remove(const struct gm_store *store)
{
	const char *dir = gm_own_objects_dir(store);
	gm_autofree char *pack_dir = dir ? gm_path_join(dir, "pack") : NULL;

	if (!pack_dir)
		return dir ? GM_ENOMEM : 0;
	return gm_litter_remove(dir, pack_dir);
}

void gm_own_folders_remove(const struct gm_store *store)
{
	const char *dir = gm_own_objects_dir(store);

	for (unsigned number = 0; dir && number < 256; number++) {
		gm_autofree char *path = gm_format("%s/%02x", dir, number);
		if (path)
			(void)gm_sys_rmdir(path); /* who needs it makes it again */
	}
}
