#include "objstore/store.h"

#include <errno.h>
#include <unistd.h>

#include "objstore/internal.h"
#include "objstore/loose.h"
#include "objstore/unpack.h"

/* What the caches of a store may hold, in bytes. */
#define BASES_MAX ((size_t)16 << 20)
#define TREES_MAX ((size_t)8 << 20)

int gm_store_open(struct gm_store **out, const char *path)
{
	gm_cleanup(gm_store_free_p) struct gm_store *store = gm_calloc(1, sizeof(*store));

	if (!store)
		return GM_ENOMEM;
	store->path.max = GM_BUF_PATH;
	store->bases.max = BASES_MAX;
	store->trees.max = TREES_MAX;
	store->is_flushed = true;
	int rc = gm_store_open_segments(store, path);
	if (rc == GM_ENOTFOUND)
		rc = gm_store_add_source(store, path, 0);
	if (rc == 0)
		rc = gm_store_open_names(store, path);
	if (rc < 0)
		return rc;
	*out = gm_steal(&store);
	return 0;
}

void gm_store_free(struct gm_store *store)
{
	if (!store)
		return;
	gm_segments_free(store->segments);
	gm_name_map_free(store->names);
	for (size_t i = 0; i < store->n_retired; i++)
		gm_segments_free(store->retired[i]);
	gm_free(store->retired);
	gm_free(store->gitdir);
	for (size_t i = 0; i < store->n_sources; i++)
		gm_source_free(store->sources[i]);
	gm_free(store->sources);
	gm_inflate_dispose(&store->inflate);
	gm_cache_dispose(&store->bases);
	gm_cache_dispose(&store->trees);
	gm_abbreviations_free(store->abbreviations);
	gm_buf_dispose(&store->path);
	gm_free(store);
}

int gm_store_add_source(struct gm_store *store, const char *dir, unsigned depth)
{
	gm_cleanup(gm_source_free_p) struct gm_source *source = NULL;
	int rc = gm_source_open(&source, dir);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < store->n_sources; i++)
		if (store->sources[i]->device == source->device &&
			store->sources[i]->inode == source->inode)
			return 0;
	rc = gm_grow(&store->sources, &store->cap_sources, store->n_sources + 1,
		sizeof(struct gm_source *));
	if (rc < 0)
		return rc;
	source->depth = depth;
	store->sources[store->n_sources++] = gm_steal(&source);
	return 0;
}

struct trial {
	struct gm_store *store;
	const struct gm_oid *oid;
	const struct gm_copy_op *op;
	void *payload;
};

static int try_pack(struct gm_pack *pack, void *payload)
{
	const struct trial *trial = payload;
	uint64_t offset;
	int rc = gm_pack_find(&offset, pack, trial->oid);

	if (rc < 0)
		return rc;
	return trial->op->packed(trial->store, pack, offset, trial->oid, trial->payload);
}

static int try_loose(struct trial *trial, const struct gm_source *source)
{
	struct gm_buf *path = &trial->store->path;
	int rc = gm_loose_path(path, source->dir, trial->oid);

	if (rc < 0)
		return rc;
	return trial->op->loose(trial->store, path->ptr, trial->oid, trial->payload);
}

/* `*result` keeps the error to report when no copy is good. */
static bool is_decided(int *result, int rc)
{
	if (rc != GM_ENOTFOUND)
		*result = rc;
	return rc == 0 || gm_source_is_final(rc);
}

/*
 * Packs that are mapped answer faster than the file system does, but a process that wants a
 * few loose objects should not have to look for packs at all.
 */
static int try_source(struct trial *trial, struct gm_source *source)
{
	int result = GM_ENOTFOUND;
	bool packs_first = source->scanned;

	if (packs_first &&
		is_decided(&result, gm_source_try_packs(source, try_pack, trial)))
		return result;
	if (is_decided(&result, try_loose(trial, source)) || packs_first)
		return result;
	int rc = gm_source_scan(source);
	if (rc < 0)
		return rc;
	(void)is_decided(&result, gm_source_try_packs(source, try_pack, trial));
	return result;
}

static int try_sources(struct trial *trial)
{
	int result = GM_ENOTFOUND;

	for (size_t i = 0; i < trial->store->n_sources; i++)
		if (is_decided(&result, try_source(trial, trial->store->sources[i])))
			break;
	return result;
}

/* 1 when a pack or an alternate is new. */
static int rescan(struct gm_store *store)
{
	size_t n = store->n_sources;
	int changed = gm_store_read_alternates(store);

	if (changed < 0)
		return changed;
	changed = store->n_sources > n;
	for (size_t i = 0; i < store->n_sources; i++) {
		int rc = gm_source_rescan(store->sources[i]);
		if (rc < 0)
			return rc;
		changed |= rc;
	}
	return changed;
}

int gm_store_refresh(struct gm_store *store)
{
	int rc = rescan(store);

	return rc < 0 ? rc : 0;
}

int gm_store_try(struct gm_store *store, const struct gm_oid *oid,
	const struct gm_copy_op *op, void *payload)
{
	struct trial trial = {store, oid, op, payload};
	int result = try_sources(&trial);

	/* What is too big was found, and looking again would cost as much once more. */
	if (result == 0 || result == GM_ETOOBIG || gm_source_is_final(result))
		return result;
	struct gm_error seen = *gm_error_last();
	/* A peer's `git gc` may have put other packs in place of what we knew. */
	int rc = rescan(store);
	if (rc > 0)
		return try_sources(&trial);
	if (result == GM_ENOTFOUND)
		return rc < 0 ? rc : result;
	return gm_error((enum gm_errcode)result, "%s", seen.message);
}

/* Say which object failed. */
static int explain(int rc, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	gm_oid_format(hex, oid);
	if (rc == GM_ENOTFOUND)
		return gm_error(rc, "object '%s' does not exist", hex);
	return gm_error_prefix("object '%s'", hex);
}

struct reading {
	struct gm_buf *out;
	enum gm_object_type *type_out;
};

static int finish_read(int rc, const struct gm_oid *oid, const struct reading *reading)
{
	if (rc == 0)
		rc = gm_object_verify(
			oid, *reading->type_out, reading->out->ptr, reading->out->size);
	if (rc < 0)
		gm_buf_reset(reading->out);
	return rc;
}

static int read_loose(
	struct gm_store *store, const char *path, const struct gm_oid *oid, void *payload)
{
	const struct reading *reading = payload;
	int rc = gm_loose_read(reading->out, reading->type_out, &store->inflate, path);

	return finish_read(rc, oid, reading);
}

static int read_packed(struct gm_store *store, struct gm_pack *pack, uint64_t offset,
	const struct gm_oid *oid, void *payload)
{
	const struct reading *reading = payload;
	int rc = gm_unpack(reading->out, reading->type_out, store, pack, offset);

	return finish_read(rc, oid, reading);
}

static int read_now(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	static const struct gm_copy_op op = {read_loose, read_packed};
	struct reading reading = {out, type_out};
	int rc = store->segments ? gm_segments_read(out, type_out, store->segments, oid)
				 : GM_ENOTFOUND;

	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	return gm_segments_or(store, oid, rc, gm_store_try(store, oid, &op, &reading));
}

/*
 * Whether to look again, after `rc`, as the layout has changed under us. The error stays as it
 * is when there is no need to.
 */
static int is_changed(struct gm_store *store, int rc)
{
	if (rc != GM_ENOTFOUND && rc != GM_EMISMATCH && rc != GM_ERROR)
		return 0;
	return gm_store_follow(store);
}

/* Wherever it is. */
static int read_stored(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	int rc = read_now(out, type_out, store, oid);
	int changed = is_changed(store, rc);

	if (changed <= 0)
		return changed < 0 ? changed : rc;
	return read_now(out, type_out, store, oid);
}

/* Keep a copy; without memory for it the next read takes longer. */
static void keep_tree(
	struct gm_store *store, const struct gm_oid *oid, const struct gm_buf *data)
{
	gm_autobuf copy = GM_BUF_INIT(TREES_MAX / 4);

	if (data->size <= copy.max && gm_buf_put(&copy, data->ptr, data->size) == 0)
		gm_cache_put(
			&store->trees, oid->bytes, GM_OID_SIZE, GM_OBJECT_TREE, &copy);
}

static int read_object(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid, bool keep)
{
	enum gm_object_type type = GM_OBJECT_NONE;
	const struct gm_cache_slot *cached =
		gm_cache_get(&store->trees, oid->bytes, GM_OID_SIZE);
	int rc;

	gm_buf_reset(out);
	if (cached) {
		type = cached->type;
		rc = gm_buf_put(out, cached->data, cached->size);
	} else {
		rc = read_stored(out, &type, store, oid);
		if (rc == 0 && keep && type == GM_OBJECT_TREE)
			keep_tree(store, oid, out);
	}
	if (rc == 0)
		*type_out = type;
	return explain(rc, oid);
}

int gm_store_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	return read_object(out, type_out, store, oid, true);
}

int gm_store_read_once(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_store *store, const struct gm_oid *oid, const struct gm_oid *near,
	const struct gm_buf *near_bytes)
{
	if (!store->segments || !near)
		return read_object(out, type_out, store, oid, false);
	gm_segments_set_near(store->segments, near, near_bytes);
	int rc = read_object(out, type_out, store, oid, false);
	/* The layout may have changed meanwhile. */
	if (store->segments)
		gm_segments_set_near(store->segments, NULL, NULL);
	return rc;
}

int gm_store_read_type(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *oid, enum gm_object_type type)
{
	char hex[GM_OID_HEX];
	enum gm_object_type found = GM_OBJECT_NONE;
	int rc = gm_store_read(out, &found, store, oid);

	if (rc < 0 || found == type)
		return rc;
	gm_buf_reset(out);
	gm_oid_format(hex, oid);
	return gm_error(GM_EMISMATCH, "object '%s' is a %s, not a %s", hex,
		gm_object_type_name(found), gm_object_type_name(type));
}

struct heading {
	enum gm_object_type type;
	size_t size;
	bool wants_size;
};

static int head_loose(
	struct gm_store *store, const char *path, const struct gm_oid *oid, void *payload)
{
	struct heading *heading = payload;

	(void)oid;
	return gm_loose_read_header(
		&heading->type, &heading->size, &store->inflate, path);
}

static int head_packed(struct gm_store *store, struct gm_pack *pack, uint64_t offset,
	const struct gm_oid *oid, void *payload)
{
	struct heading *heading = payload;

	(void)oid;
	return gm_unpack_header(&heading->type,
		heading->wants_size ? &heading->size : NULL, store, pack, offset);
}

static int head_now(
	struct heading *heading, struct gm_store *store, const struct gm_oid *oid)
{
	static const struct gm_copy_op op = {head_loose, head_packed};
	int rc = store->segments ? gm_segments_read_header(&heading->type, &heading->size,
					   store->segments, oid)
				 : GM_ENOTFOUND;

	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	return gm_segments_or(store, oid, rc, gm_store_try(store, oid, &op, heading));
}

int gm_store_read_header(enum gm_object_type *type_out, size_t *size_out,
	struct gm_store *store, const struct gm_oid *oid)
{
	struct heading heading = {.type = GM_OBJECT_NONE, .wants_size = size_out != NULL};
	int rc = head_now(&heading, store, oid);
	int changed = is_changed(store, rc);

	if (changed)
		rc = changed < 0 ? changed : head_now(&heading, store, oid);
	if (rc == 0) {
		*type_out = heading.type;
		if (size_out)
			*size_out = heading.size;
	}
	return explain(rc, oid);
}

static int see_loose(
	struct gm_store *store, const char *path, const struct gm_oid *oid, void *payload)
{
	(void)store;
	(void)oid;
	(void)payload;
	if (access(path, F_OK) == 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return GM_ENOTFOUND;
	return gm_error_errno("cannot read '%s'", path);
}

static int see_packed(struct gm_store *store, struct gm_pack *pack, uint64_t offset,
	const struct gm_oid *oid, void *payload)
{
	(void)store;
	(void)pack;
	(void)offset;
	(void)oid;
	(void)payload;
	return 0;
}

static int exists_now(struct gm_store *store, const struct gm_oid *oid)
{
	static const struct gm_copy_op op = {see_loose, see_packed};
	int rc = store->segments ? gm_segments_exists(store->segments, oid) : 0;

	return rc > 0 ? 0 : rc < 0 ? rc : gm_store_try(store, oid, &op, NULL);
}

int gm_store_exists(struct gm_store *store, const struct gm_oid *oid)
{
	int rc = exists_now(store, oid);
	int changed = is_changed(store, rc);

	if (changed)
		rc = changed < 0 ? changed : exists_now(store, oid);
	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? explain(rc, oid) : 1;
}
