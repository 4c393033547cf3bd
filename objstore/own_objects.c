#include "objstore/own_objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/internal.h"
#include "objstore/pack_mtimes.h"

static struct gm_source *own_source(const struct gm_store *store)
{
	return store->n_sources && !store->sources[0]->depth ? store->sources[0] : NULL;
}

const char *gm_own_objects_dir(const struct gm_store *store)
{
	const struct gm_source *source = own_source(store);

	return source ? source->dir : NULL;
}

void gm_own_objects_dispose(struct gm_own_objects *own)
{
	gm_free(own->items);
	own->items = NULL;
	gm_strv_dispose(&own->packs);
}

static int add(struct gm_own_objects *own, const struct gm_oid *oid, unsigned flags,
	int64_t time)
{
	int rc = gm_grow(&own->items, &own->cap, own->n + 1, sizeof(*own->items));

	if (rc == 0)
		own->items[own->n++] = (struct gm_own_object){*oid, flags, time};
	return rc;
}

struct folder {
	struct gm_own_objects *own;
	const char *path;
	unsigned number;
};

static int add_loose(const char *name, void *payload)
{
	const struct folder *folder = payload;
	char hex[GM_OID_HEX];
	char canonical[GM_OID_HEX];
	struct gm_oid oid;
	struct stat st;

	if (strlen(name) != GM_OID_HEX - 3)
		return 0;
	(void)snprintf(hex, sizeof(hex), "%02x%s", folder->number, name);
	if (!gm_oid_parse(&oid, hex, sizeof(hex) - 1))
		return 0;
	gm_oid_format(canonical, &oid);
	gm_autofree char *path = gm_path_join(folder->path, name);
	if (!path)
		return GM_ENOMEM;
	/* Gone meanwhile, or nothing that we would touch. */
	if (strcmp(hex, canonical) != 0 || lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	folder->own->n_loose++;
	folder->own->bytes += (uint64_t)st.st_size;
	return add(folder->own, &oid, GM_OWN_LOOSE, st.st_mtim.tv_sec);
}

static int add_folders(struct gm_own_objects *own, const struct gm_source *source)
{
	for (unsigned number = 0; number < 256; number++) {
		gm_autofree char *path = gm_format("%s/%02x", source->dir, number);
		struct folder folder = {own, path, number};
		int rc = path ? gm_interrupted() : GM_ENOMEM;
		if (rc == 0)
			rc = gm_dir_each(path, add_loose, &folder);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int has_file(const struct gm_pack *pack, const char *ending)
{
	gm_autofree char *path = gm_format("%s%s", pack->base, ending);

	return path ? gm_path_exists(path) : GM_ENOMEM;
}

/* The size of one of the files of a pack; 0 when it is not there. */
static uint64_t file_size(const char *base, const char *ending, int64_t *time_out)
{
	gm_autofree char *path = gm_format("%s%s", base, ending);
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return 0;
	*time_out = st.st_mtim.tv_sec;
	return (uint64_t)st.st_size;
}

static int add_entries(
	struct gm_own_objects *own, const struct gm_pack *pack, bool is_kept)
{
	gm_autopackmtimes mtimes = GM_PACK_MTIMES_INIT;
	int64_t time = INT64_MAX;
	int64_t ignored;
	int rc = gm_pack_mtimes_read(&mtimes, pack);

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	uint64_t size = file_size(pack->base, ".pack", &time);
	if (!is_kept)
		own->bytes += size + file_size(pack->base, ".idx", &ignored);
	rc = 0;
	for (uint32_t i = 0; rc == 0 && i < pack->index.n; i++) {
		struct gm_oid oid;
		gm_pack_index_oid(&oid, &pack->index, i);
		rc = add(own, &oid, is_kept ? GM_OWN_KEPT : GM_OWN_PACKED,
			is_kept                ? 0
				: mtimes.bytes ? gm_pack_mtimes_at(&mtimes, i)
					       : time);
	}
	return rc;
}

static int add_pack(struct gm_own_objects *own, struct gm_pack *pack)
{
	int there = has_file(pack, ".pack");
	int rc = there > 0 ? gm_pack_open(pack) : there;

	/* Somebody packed anew meanwhile, also while it was mapped; what was in it is elsewhere. */
	if (!there || rc == GM_ENOTFOUND)
		return 0;
	if (rc < 0)
		return gm_error_prefix("'%s'", pack->base);
	if (has_file(pack, ".promisor"))
		return gm_error(GM_EINVALID,
			"'%s' leaves out objects that are elsewhere; it cannot be "
			"repacked",
			pack->base);
	int is_kept = has_file(pack, ".keep");
	if (is_kept < 0)
		return is_kept;
	own->n_kept_packs += (size_t)is_kept;
	rc = is_kept ? 0 : gm_strv_add(&own->packs, pack->base);
	return rc < 0 ? rc : add_entries(own, pack, is_kept);
}

static int compare(const void *a, const void *b)
{
	const struct gm_own_object *x = a;
	const struct gm_own_object *y = b;

	return gm_oid_compare(&x->oid, &y->oid);
}

/* Several copies of one object become one item. */
static void join_copies(struct gm_own_objects *own)
{
	size_t n = 0;

	if (own->n)
		qsort(own->items, own->n, sizeof(*own->items), compare);
	for (size_t i = 0; i < own->n; i++) {
		struct gm_own_object *item = &own->items[i];
		struct gm_own_object *last = n ? &own->items[n - 1] : NULL;
		if (!last || !gm_oid_equal(&last->oid, &item->oid)) {
			own->items[n++] = *item;
			continue;
		}
		last->flags |= item->flags;
		last->time = last->time > item->time ? last->time : item->time;
	}
	own->n = n;
}

int gm_own_objects_read(struct gm_own_objects *out, struct gm_store *store)
{
	struct gm_source *source = own_source(store);

	if (!source)
		return 0;
	/* Loose ones first: they move into packs, and not the other way round. */
	int rc = add_folders(out, source);
	if (rc == 0)
		rc = gm_source_rescan(source);
	for (size_t i = 0; rc >= 0 && i < source->n_packs; i++)
		rc = source->packs[i]->gone ? 0 : add_pack(out, source->packs[i]);
	if (rc < 0)
		return rc;
	join_copies(out);
	return 0;
}

struct gm_own_object *gm_own_objects_find(
	const struct gm_own_objects *own, const struct gm_oid *oid)
{
	struct gm_own_object key = {.oid = *oid};

	return own->n ? bsearch(&key, own->items, own->n, sizeof(key), compare) : NULL;
}
