#include <string.h>

#include "base/map.h"
#include "objstore/internal.h"
#include "objstore/loose.h"
#include "objstore/pack_write.h"
#include "objstore/segment_batch.h"
#include "objstore/unpack.h"

/* Above these a batch becomes a pack. */
#define LOOSE_MAX 100
#define LOOSE_BYTES_MAX ((size_t)32 << 20)

/* In the map: an object that needs no writing, as a pack has it. */
#define STORED UINT64_MAX

/* An object that is held back until it is clear how it will lie. */
struct pending {
	struct gm_oid oid;
	enum gm_object_type type;
	char *data;
	size_t size;
	struct gm_tempfile temp; /* while it is being committed */
};

struct gm_batch {
	struct gm_store *store;
	struct gm_batch_names names;
	struct gm_map known; /* oid to its number in `pending` or in the pack */
	struct pending *pending;
	size_t n;
	size_t bytes;
	struct gm_deflate deflate;
	struct gm_pack_writer
		*pack;              /* NULL until the first object that is to lie in it */
	struct gm_pack_keep *keeps; /* of the packs that were committed */
	size_t n_keeps;
	size_t cap_keeps;
	struct gm_segment_batch *segmented; /* all of it, where there are segments */
	const struct gm_segments *segments; /* of the store when it was begun */
	bool spilled;
	bool failed;
};

static const char *objects_dir(const struct gm_batch *batch)
{
	return batch->store->sources[0]->dir;
}

int gm_batch_begin(struct gm_batch **out, struct gm_store *store)
{
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = gm_calloc(1, sizeof(*batch));

	if (!batch)
		return GM_ENOMEM;
	batch->store = store;
	batch->segments = store->segments;
	batch->known = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	batch->pending = gm_calloc(LOOSE_MAX, sizeof(*batch->pending));
	if (!batch->pending)
		return GM_ENOMEM;
	gm_batch_names_begin(&batch->names, store);
	int rc = store->segments
		? gm_segment_batch_new(&batch->segmented, store->segments,
			  gm_batch_names_look_up, &batch->names)
		: 0;
	if (rc < 0)
		return rc;
	*out = gm_steal(&batch);
	return 0;
}

static void drop_pending(struct gm_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		gm_free(batch->pending[i].data);
	batch->n = batch->bytes = 0;
}

static void reset(struct gm_batch *batch)
{
	drop_pending(batch);
	gm_map_dispose(&batch->known);
	gm_pack_writer_free(gm_steal(&batch->pack));
	batch->spilled = false;
}

void gm_batch_free(struct gm_batch *batch)
{
	if (!batch)
		return;
	reset(batch);
	gm_segment_batch_free(batch->segmented);
	for (size_t i = 0; i < batch->n_keeps; i++)
		gm_pack_keep_release(&batch->keeps[i]);
	gm_free(batch->keeps);
	gm_deflate_dispose(&batch->deflate);
	gm_free(batch->pending);
	gm_free(batch);
}

struct refreshing {
	struct gm_batch *batch;
	const struct gm_oid *oid;
	size_t size;
};

static int refresh_packed(struct gm_pack *pack, void *payload)
{
	const struct refreshing *refreshing = payload;
	gm_autobuf data = GM_BUF_INIT(refreshing->size);
	enum gm_object_type type;
	uint64_t offset;
	int rc = gm_pack_find(&offset, pack, refreshing->oid);

	if (rc == 0)
		rc = gm_unpack(&data, &type, refreshing->batch->store, pack, offset);
	if (rc == 0)
		rc = gm_object_verify(refreshing->oid, type, data.ptr, data.size);
	if (rc < 0)
		return rc;
	return gm_pack_refresh(pack) ? 0 : GM_ENOTFOUND;
}

/*
 * 1 when a pack of ours has a sound copy that we can keep from ageing. Alternates do not
 * count: others decide how long those live.
 */
static int is_packed(struct gm_batch *batch, const struct gm_oid *oid, size_t size)
{
	struct refreshing refreshing = {batch, oid, size};
	int rc = gm_source_try_packs(
		batch->store->sources[0], refresh_packed, &refreshing);

	/* Whatever is wrong with the copy, writing another one mends it. */
	return gm_source_is_final(rc) ? rc : rc == 0;
}

static int add_to_pack(struct gm_batch *batch, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	int stored = is_packed(batch, oid, size);
	int rc = stored < 0 ? stored : 0;

	if (stored)
		return rc < 0 ? rc : gm_map_put(&batch->known, oid->bytes, STORED);
	if (!batch->pack)
		rc = gm_pack_writer_open(&batch->pack, objects_dir(batch));
	if (rc == 0)
		rc = gm_map_put(&batch->known, oid->bytes, gm_pack_writer_n(batch->pack));
	return rc < 0 ? rc : gm_pack_writer_add(batch->pack, oid, type, data, size);
}

/* Before the first is_packed(); a rare failure to look only costs us a copy too many. */
static int look_for_packs(struct gm_batch *batch)
{
	int rc = gm_source_rescan(batch->store->sources[0]);

	return gm_source_is_final(rc) ? rc : 0;
}

static int spill(struct gm_batch *batch)
{
	int found = look_for_packs(batch);

	if (found < 0)
		return found;
	for (size_t i = 0; i < batch->n; i++) {
		const struct pending *item = &batch->pending[i];
		int rc = add_to_pack(
			batch, &item->oid, item->type, item->data, item->size);
		if (rc < 0)
			return rc;
	}
	drop_pending(batch);
	batch->spilled = true;
	return 0;
}

static int hold_back(struct gm_batch *batch, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	char *copy = gm_malloc(size);

	if (!copy)
		return GM_ENOMEM;
	if (size)
		memcpy(copy, data, size);
	int rc = gm_map_put(&batch->known, oid->bytes, batch->n);
	if (rc < 0) {
		gm_free(copy);
		return rc;
	}
	batch->bytes += size;
	batch->pending[batch->n++] = (struct pending){.oid = *oid,
		.type = type,
		.data = copy,
		.size = size,
		.temp = GM_TEMPFILE_INIT};
	return 0;
}

static int add(struct gm_batch *batch, const struct gm_oid *oid, enum gm_object_type type,
	const void *data, size_t size)
{
	bool fits = batch->n < LOOSE_MAX && size <= LOOSE_BYTES_MAX - batch->bytes;

	if (!batch->spilled && fits)
		return hold_back(batch, oid, type, data, size);
	int rc = batch->spilled ? 0 : spill(batch);
	return rc < 0 ? rc : add_to_pack(batch, oid, type, data, size);
}

static int add_named(struct gm_batch *batch, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size)
{
	int rc = gm_batch_names_add(&batch->names, oid, type, data, size);

	return rc < 0 ? rc : add(batch, oid, type, data, size);
}

static int refuse(void)
{
	return gm_error(GM_ERROR, "an earlier write to this batch failed");
}

int gm_batch_write(struct gm_oid *oid_out, struct gm_batch *batch,
	enum gm_object_type type, const void *data, size_t size)
{
	return gm_batch_write_based(oid_out, batch, type, data, size, NULL);
}

int gm_batch_write_based(struct gm_oid *oid_out, struct gm_batch *batch,
	enum gm_object_type type, const void *data, size_t size,
	const struct gm_oid *base)
{
	struct gm_oid oid;

	if (batch->failed)
		return refuse();
	if (size > GM_OBJECT_MAX_SIZE)
		return gm_error(GM_ETOOBIG, "an object is larger than %zu bytes",
			GM_OBJECT_MAX_SIZE);
	gm_object_hash(&oid, type, data, size);
	int rc = 0;
	if (batch->segmented)
		rc = gm_segment_batch_write(
			batch->segmented, &oid, type, data, size, base);
	else if (!gm_map_get(NULL, &batch->known, oid.bytes))
		rc = add_named(batch, &oid, type, data, size);
	batch->failed = rc < 0;
	if (rc == 0)
		*oid_out = oid;
	return rc;
}

int gm_batch_sha256(
	uint8_t out[GM_SHA256_SIZE], struct gm_batch *batch, const struct gm_oid *oid)
{
	return batch->segmented ? gm_segment_batch_sha256(out, batch->segmented, oid)
				: gm_batch_names_look_up(out, oid, &batch->names);
}

/* What was begun in one layout cannot be finished in another. */
static int check_layout(const struct gm_batch *batch)
{
	int rc = gm_store_follow(batch->store);

	if (rc < 0 || batch->segments == batch->store->segments)
		return rc < 0 ? rc : 0;
	return gm_error(GM_ERROR,
		"the repository was converted to another layout meanwhile; try again");
}

int gm_batch_ref_update(struct gm_batch *batch, const struct gm_ref_change *change)
{
	int rc = batch->failed ? refuse() : check_layout(batch);
	if (rc < 0)
		return rc;
	if (!batch->segmented)
		return gm_error(GM_ERROR, "the refs are not kept in this store");
	return gm_segment_batch_ref_update(batch->segmented, change);
}

static int read_back(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid, uint64_t at)
{
	enum gm_object_type type;
	int rc = gm_pack_writer_read(
		out, &type, batch->pack, &batch->store->inflate, (size_t)at);

	if (rc == 0)
		rc = gm_object_verify(oid, type, out->ptr, out->size);
	batch->failed = batch->failed || (rc < 0 && rc != GM_ETOOBIG);
	if (rc < 0)
		gm_buf_reset(out);
	else
		*type_out = type;
	return rc;
}

/* An object that only the store has. */
static int read_stored(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid, const struct gm_near *near)
{
	return near ? gm_store_read_once(
			      out, type_out, batch->store, oid, near->oid, near->bytes)
		    : gm_store_read(out, type_out, batch->store, oid);
}

int gm_batch_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid)
{
	return gm_batch_read_once(out, type_out, batch, oid, NULL);
}

int gm_batch_read_once(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_batch *batch, const struct gm_oid *oid, const struct gm_near *near)
{
	uint64_t at;

	if (batch->failed)
		return refuse();
	int rc = batch->segmented
		? gm_segment_batch_read(out, type_out, batch->segmented, oid)
		: GM_ENOTFOUND;
	if (rc != GM_ENOTFOUND)
		return rc;
	if (!gm_map_get(&at, &batch->known, oid->bytes) || at == STORED)
		return read_stored(out, type_out, batch, oid, near);
	if (batch->spilled)
		return read_back(out, type_out, batch, oid, at);
	const struct pending *item = &batch->pending[at];
	gm_buf_reset(out);
	rc = gm_buf_put(out, item->data, item->size);
	if (rc == 0)
		*type_out = item->type;
	return rc;
}

/* See that there is a good copy, or write a temporary file for one. */
static int prepare(struct gm_batch *batch, struct pending *item)
{
	struct gm_buf *path = &batch->store->path;
	int rc = gm_loose_path(path, objects_dir(batch), &item->oid);

	if (rc == 0)
		rc = gm_loose_refresh(
			&batch->store->inflate, path->ptr, &item->oid, item->size);
	if (rc == 0)
		rc = is_packed(batch, &item->oid, item->size);
	if (rc)
		return rc < 0 ? rc : 0;
	return gm_loose_write(&item->temp, &batch->deflate, objects_dir(batch),
		item->type, item->data, item->size);
}

/* All are flushed before the first has its name, so that no name ever stands for less. */
static int flush_and_rename(struct gm_batch *batch)
{
	struct gm_buf *path = &batch->store->path;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		if (batch->pending[i].temp.path)
			rc = gm_fsync(
				batch->pending[i].temp.fd, batch->pending[i].temp.path);
	for (size_t i = 0; rc == 0 && i < batch->n; i++) {
		struct pending *item = &batch->pending[i];
		if (!item->temp.path)
			continue;
		rc = gm_loose_path(path, objects_dir(batch), &item->oid);
		if (rc == 0)
			rc = gm_loose_publish(&item->temp, path->ptr);
	}
	return rc;
}

/*
 * Flush each folder once, also those of objects that were there, and what names the folders:
 * a peer may have made either a moment ago and not have flushed it yet.
 */
static int flush_folders(struct gm_batch *batch)
{
	bool done[256] = {false};

	for (size_t i = 0; i < batch->n; i++) {
		unsigned folder = batch->pending[i].oid.bytes[0];
		if (done[folder])
			continue;
		done[folder] = true;
		gm_autofree char *path = gm_format("%s/%02x", objects_dir(batch), folder);
		if (!path)
			return GM_ENOMEM;
		int rc = gm_fsync_dir(path);
		/* `git gc` removes one when all that was in it lies in a pack. */
		if (rc < 0 && rc != GM_ENOTFOUND)
			return rc;
	}
	return gm_fsync_dir(objects_dir(batch));
}

static int commit_loose(struct gm_batch *batch)
{
	int rc = look_for_packs(batch);

	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		rc = prepare(batch, &batch->pending[i]);
	if (rc == 0)
		rc = flush_and_rename(batch);
	for (size_t i = 0; i < batch->n; i++)
		gm_tempfile_dispose(&batch->pending[i].temp);
	return rc < 0 ? rc : flush_folders(batch);
}

static int commit_pack(struct gm_batch *batch)
{
	struct gm_pack_keep keep = GM_PACK_KEEP_INIT;
	int rc = gm_grow(&batch->keeps, &batch->cap_keeps, batch->n_keeps + 1,
		sizeof(*batch->keeps));

	if (rc == 0)
		rc = gm_pack_writer_finish(&keep, batch->pack);
	if (rc == 0)
		batch->keeps[batch->n_keeps++] = keep;
	return rc;
}

int gm_batch_commit(struct gm_batch *batch)
{
	int rc = batch->failed ? refuse() : check_layout(batch);

	batch->failed = rc < 0;
	if (rc < 0)
		return rc;
	if (batch->segmented) {
		rc = gm_segment_batch_commit(batch->segmented);
		batch->failed = rc < 0;
		if (rc == 0)
			gm_name_map_save(batch->store->names);
		return rc;
	}
	gm_map_dispose(&batch->known); /* sorting the index needs memory, too */
	if (batch->pack)
		rc = commit_pack(batch);
	else if (batch->n)
		rc = commit_loose(batch);
	batch->failed = rc < 0;
	if (rc < 0)
		return rc;
	reset(batch);
	gm_store_forget_abbreviations(batch->store);
	gm_name_map_save(batch->store->names);
	return 0;
}
