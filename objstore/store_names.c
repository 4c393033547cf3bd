#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/internal.h"
#include "objstore/names.h"
#include "objstore/segments_write.h"

/* How many objects may be read for one batch, to know what it names. */
#define BATCH_READS_MAX 256

/*
 * Names that must be worked out stand on those of what an object leads to, as deep as the
 * history goes: what waits is kept in a list of ours rather than on the stack.
 */
struct naming {
	struct gm_store *store;
	size_t *reads_left; /* NULL: as many as it takes */
	bool is_fresh;      /* what other processes named was looked at */
	struct gm_oid *waiting;
	size_t n;
	size_t cap;
};

int gm_store_open_names(struct gm_store *store, const char *path)
{
	gm_autofree char *gitdir = store->segments ? gm_strdup(path) : gm_path_dir(path);
	gm_autofree char *dir = gitdir ? gm_path_join(gitdir, "names") : NULL;

	return dir ? gm_name_map_open(&store->names, dir) : GM_ENOMEM;
}

int gm_store_recall_name(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid)
{
	int rc = store->segments ? gm_segments_sha256(out, store->segments, oid)
				 : GM_ENOTFOUND;

	return rc == GM_ENOTFOUND ? gm_name_map_find(out, store->names, oid) : rc;
}

static int wait_for(struct naming *naming, const struct gm_oid *oid)
{
	int rc = gm_grow(
		&naming->waiting, &naming->cap, naming->n + 1, sizeof(*naming->waiting));

	if (rc == 0)
		naming->waiting[naming->n++] = *oid;
	return rc;
}

/* What is not known yet is put on the list. */
static int look_up(uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	struct naming *naming = payload;
	int rc = gm_store_recall_name(out, naming->store, oid);

	if (rc != GM_ENOTFOUND)
		return rc;
	rc = wait_for(naming, oid);
	return rc < 0 ? rc : GM_ENOTFOUND;
}

static int read_object(struct gm_buf *out, enum gm_object_type *type_out,
	struct naming *naming, const struct gm_oid *oid)
{
	/* It need not be stored. */
	if (gm_oid_equal(oid, &gm_oid_empty_tree)) {
		*type_out = GM_OBJECT_TREE;
		return 0;
	}
	if (naming->reads_left && !(*naming->reads_left)--) {
		*naming->reads_left = 0;
		return gm_error(GM_ENOTFOUND, "too many names are not known yet");
	}
	return gm_store_read(out, type_out, naming->store, oid);
}

/* Another process may have found it meanwhile. */
static int recall(
	uint8_t out[GM_SHA256_SIZE], struct naming *naming, const struct gm_oid *oid)
{
	int rc = gm_store_recall_name(out, naming->store, oid);

	if (rc != GM_ENOTFOUND || naming->is_fresh)
		return rc;
	naming->is_fresh = true;
	rc = gm_name_map_refresh(naming->store->names);
	return rc < 0 ? rc : gm_name_map_find(out, naming->store->names, oid);
}

/* 0 also when there is more on the list now, which comes first. */
static int compute(
	uint8_t out[GM_SHA256_SIZE], struct naming *naming, const struct gm_oid *oid)
{
	size_t before = naming->n;
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = read_object(&data, &type, naming, oid);

	if (rc < 0)
		return rc;
	rc = gm_names_compute(out, type, data.ptr, data.size, look_up, naming);
	if (rc == GM_ENOTFOUND && naming->n > before)
		return gm_interrupted();
	return rc < 0 ? rc : gm_name_map_add(naming->store->names, oid, out);
}

/* Name the last one on the list, or put more on it. */
static int name_last(uint8_t out[GM_SHA256_SIZE], struct naming *naming)
{
	const struct gm_oid oid = naming->waiting[naming->n - 1];
	size_t before = naming->n;
	int rc = recall(out, naming, &oid);

	if (rc == GM_ENOTFOUND)
		rc = compute(out, naming, &oid);
	if (rc == 0 && naming->n == before)
		naming->n--;
	return rc;
}

static int work_out(uint8_t out[GM_SHA256_SIZE], struct gm_store *store,
	const struct gm_oid *oid, size_t *reads_left)
{
	struct naming naming = {.store = store, .reads_left = reads_left};
	uint8_t name[GM_SHA256_SIZE];
	int rc = wait_for(&naming, oid);

	while (rc == 0 && naming.n)
		rc = name_last(name, &naming);
	gm_free(naming.waiting);
	if (rc == 0)
		memcpy(out, name, GM_SHA256_SIZE);
	return rc;
}

int gm_store_work_out_name(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid)
{
	return work_out(out, store, oid, NULL);
}

int gm_store_sha256(
	uint8_t out[GM_SHA256_SIZE], struct gm_store *store, const struct gm_oid *oid)
{
	int rc = gm_store_work_out_name(out, store, oid);
	struct gm_error why = *gm_error_last();

	/* Also what was named before it failed. */
	gm_name_map_save(store->names);
	return rc < 0 ? gm_error((enum gm_errcode)rc, "%s", why.message) : 0;
}

void gm_batch_names_begin(struct gm_batch_names *names, struct gm_store *store)
{
	*names = (struct gm_batch_names){store, BATCH_READS_MAX};
}

int gm_batch_names_look_up(
	uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	struct gm_batch_names *names = payload;
	int rc = gm_store_recall_name(out, names->store, oid);

	if (rc == GM_ENOTFOUND && names->reads_left)
		rc = work_out(out, names->store, oid, &names->reads_left);
	/* What is not there, or broken, is for others to say. */
	return rc == 0 || gm_source_is_final(rc) ? rc : GM_ENOTFOUND;
}

int gm_batch_names_add(struct gm_batch_names *names, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	uint8_t name[GM_SHA256_SIZE];
	int rc = gm_name_map_find(name, names->store->names, oid);

	if (rc != GM_ENOTFOUND)
		return rc;
	rc = gm_names_compute(name, type, data, size, gm_batch_names_look_up, names);
	if (rc == 0)
		rc = gm_name_map_add(names->store->names, oid, name);
	return gm_source_is_final(rc) ? rc : 0;
}
