#include "objstore/segment_batch.h"

#include <string.h>

#include "objstore/names.h"
#include "objstore/segment_batch_refs.h"
#include "objstore/segment_bulk.h"
#include "objstore/segments_locks.h"
#include "objstore/source.h"

/* Above these a batch is a segment of its own. */
#define GROUP_OBJECTS_MAX 1000
#define GROUP_BYTES_MAX ((size_t)8 << 20)

/* So many are held back before the first is written, so that dictionaries can be trained. */
#define PENDING_MAX GM_DICTIONARY_SAMPLES_MAX

/* In the map: an object that needs no writing. */
#define STORED UINT64_MAX

struct item {
	struct gm_oid oid;
	struct gm_oid base;
	enum gm_object_type type;
	char *data;
	size_t size;
	bool has_base;
	bool has_name;
	int depth; /* once it is encoded; -1 before */
	uint8_t sha256[GM_SHA256_SIZE];
};

/* An object that the store has, on which the batch relies. */
struct kept {
	struct gm_oid oid;
	bool is_fresh; /* it is old, and used again */
};

struct gm_segment_batch {
	struct gm_segments *segments;
	gm_name_lookup_fn look_up;
	void *payload;
	struct gm_map known; /* oid to its number in `items` or in `bulk` */
	struct item *items;
	size_t n;
	size_t cap;
	size_t bytes;
	struct kept *kept;
	size_t n_kept;
	size_t cap_kept;
	uint64_t generation; /* of the manifest when the first of them was seen */
	bool has_entered;    /* gm_segments_batch_enter() */
	bool is_late;        /* what was seen of the store then was not what it was */
	struct gm_batch_refs refs;
	struct gm_bulk *bulk; /* NULL unless the batch is large */
};

int gm_segment_batch_new(struct gm_segment_batch **out, struct gm_segments *segments,
	gm_name_lookup_fn look_up, void *payload)
{
	struct gm_segment_batch *batch = gm_calloc(1, sizeof(*batch));

	if (!batch)
		return GM_ENOMEM;
	batch->segments = segments;
	batch->look_up = look_up;
	batch->payload = payload;
	batch->known = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	batch->refs = (struct gm_batch_refs)GM_BATCH_REFS_INIT;
	*out = batch;
	return 0;
}

static void drop_items(struct gm_segment_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		gm_free(batch->items[i].data);
	batch->n = batch->bytes = 0;
}

static void reset(struct gm_segment_batch *batch)
{
	drop_items(batch);
	gm_map_dispose(&batch->known);
	batch->known = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	batch->n_kept = 0;
	gm_batch_refs_reset(&batch->refs);
	gm_bulk_free(gm_steal(&batch->bulk));
}

void gm_segment_batch_free(struct gm_segment_batch *batch)
{
	if (!batch)
		return;
	reset(batch);
	if (batch->has_entered)
		gm_segments_batch_leave(batch->segments);
	gm_batch_refs_dispose(&batch->refs);
	gm_free(batch->items);
	gm_free(batch->kept);
	gm_free(batch);
}

/* Before anything in the store is relied on. It lasts until the batch is freed. */
static int enter(struct gm_segment_batch *batch)
{
	if (batch->has_entered)
		return 0;
	int rc = gm_segments_batch_enter(batch->segments);
	batch->has_entered = rc == 0;
	batch->is_late = rc == 0 && !gm_segments_is_current(batch->segments);
	return rc;
}

static int look_up_name(
	uint8_t out[GM_SHA256_SIZE], const struct gm_oid *oid, void *payload)
{
	struct gm_segment_batch *batch = payload;
	static const uint8_t zeros[GM_SHA256_SIZE];
	const uint8_t *name;
	uint64_t at;

	if (!gm_map_get(&at, &batch->known, oid->bytes) || at == STORED)
		return batch->look_up(out, oid, batch->payload);
	if (batch->bulk)
		name = gm_bulk_sha256(batch->bulk, (size_t)at);
	else
		name = batch->items[at].sha256;
	if (!memcmp(name, zeros, GM_SHA256_SIZE))
		return GM_ENOTFOUND;
	memcpy(out, name, GM_SHA256_SIZE);
	return 0;
}

int gm_segment_batch_sha256(uint8_t out[GM_SHA256_SIZE], struct gm_segment_batch *batch,
	const struct gm_oid *oid)
{
	return look_up_name(out, oid, batch);
}

/* Zeros when it cannot be known here, or the object is broken: that is for others to say. */
static int find_name(struct item *item, struct gm_segment_batch *batch)
{
	int rc = gm_names_compute(
		item->sha256, item->type, item->data, item->size, look_up_name, batch);

	item->has_name = rc == 0;
	if (rc == 0 || gm_source_is_final(rc))
		return rc;
	memset(item->sha256, 0, GM_SHA256_SIZE);
	return 0;
}

/*
 * Bases: what this batch has already written or encoded, or what is in the store. `data`
 * holds the bytes of those that must be read. False when there is none to be had.
 */
static bool is_own(
	size_t *at_out, const struct gm_segment_batch *batch, const struct gm_oid *oid)
{
	uint64_t at;

	if (!gm_map_get(&at, &batch->known, oid->bytes) || at == STORED)
		return false;
	*at_out = (size_t)at;
	return true;
}

static int own_base(struct gm_new_base *out, struct gm_buf *data,
	struct gm_segment_batch *batch, size_t at)
{
	enum gm_object_type type;

	if (!batch->bulk) {
		const struct item *item = &batch->items[at];
		out->data = item->data;
		out->size = item->size;
		out->depth = item->depth;
		return item->depth < 0 ? GM_ENOTFOUND : 0;
	}
	if (at >= gm_bulk_n(batch->bulk))
		return GM_ENOTFOUND;
	int rc = gm_bulk_read(data, &type, batch->bulk, at, &batch->known);
	out->data = data->ptr;
	out->size = data->size;
	out->depth = gm_bulk_depth(batch->bulk, at);
	return rc;
}

static int keep(struct gm_segment_batch *batch, const struct gm_oid *oid, bool is_fresh)
{
	int rc = gm_grow(
		&batch->kept, &batch->cap_kept, batch->n_kept + 1, sizeof(*batch->kept));

	if (rc < 0)
		return rc;
	if (!batch->n_kept)
		batch->generation = batch->segments->manifest.generation;
	batch->kept[batch->n_kept++] = (struct kept){*oid, is_fresh};
	return 0;
}

static int stored_base(struct gm_new_base *out, struct gm_buf *data,
	struct gm_segment_batch *batch, const struct gm_oid *oid)
{
	const struct gm_base_finder finder = gm_segments_finder(batch->segments);
	struct gm_copy copy;
	enum gm_object_type type;
	int rc = gm_segments_read(data, &type, batch->segments, oid);

	if (rc == 0)
		rc = gm_segments_find(&copy, batch->segments, oid);
	/* gc may have taken it away before the batch began. */
	if (rc == 0 && batch->bulk && batch->is_late)
		rc = keep(batch, oid, false);
	if (rc < 0)
		return rc;
	out->data = data->ptr;
	out->size = data->size;
	out->depth = gm_segments_depth(&copy, &finder);
	return 0;
}

/*
 * 1 when there is one; one that cannot be read is none. What another one has written meanwhile,
 * something may stand on that it would stand on: so it stands on nothing.
 */
static int find_base(struct gm_new_base *out, struct gm_buf *data,
	struct gm_segment_batch *batch, const struct item *item)
{
	struct gm_copy copy;
	size_t at;

	if (!item->has_base || gm_oid_equal(&item->base, &item->oid) ||
		gm_segments_find(&copy, batch->segments, &item->oid) == 0)
		return 0;
	out->oid = &item->base;
	int rc = is_own(&at, batch, &item->base)
		? own_base(out, data, batch, at)
		: stored_base(out, data, batch, &item->base);
	return gm_source_is_final(rc) ? rc : rc == 0;
}

static struct gm_new_object new_object(const struct item *item)
{
	return (struct gm_new_object){.oid = item->oid,
		.type = item->type,
		.data = item->data,
		.size = item->size,
		.sha256 = item->has_name ? item->sha256 : NULL};
}

static int add_to_bulk(struct gm_segment_batch *batch, const struct item *item)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	const struct gm_new_object object = new_object(item);
	struct gm_new_base base;
	int found = find_base(&base, &data, batch, item);

	return found < 0 ? found
			 : gm_bulk_add(batch->bulk, &object, found ? &base : NULL);
}

static int learn(struct gm_segment_batch *batch, enum gm_object_type class)
{
	struct gm_samples samples = GM_SAMPLES_INIT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		if (batch->items[i].type == class)
			rc = gm_samples_add(
				&samples, batch->items[i].data, batch->items[i].size);
	if (rc == 0)
		rc = gm_segments_learn(batch->segments, class, &samples);
	gm_samples_dispose(&samples);
	return rc;
}

/* Become a large batch: what was held back goes first, in its order. */
static int spill(struct gm_segment_batch *batch)
{
	static const enum gm_object_type classes[] = {
		GM_OBJECT_BLOB, GM_OBJECT_TREE, GM_OBJECT_COMMIT};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = learn(batch, classes[i]);
	if (rc == 0)
		rc = gm_bulk_open(&batch->bulk, batch->segments);
	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		rc = add_to_bulk(batch, &batch->items[i]);
	drop_items(batch);
	return rc;
}

static int hold_back(struct gm_segment_batch *batch, struct item *item)
{
	char *copy = gm_malloc(item->size);
	int rc = copy
		? gm_grow(&batch->items, &batch->cap, batch->n + 1, sizeof(*batch->items))
		: GM_ENOMEM;

	if (rc == 0)
		rc = gm_map_put(&batch->known, item->oid.bytes, batch->n);
	if (rc < 0) {
		gm_free(copy);
		return rc;
	}
	if (item->size)
		memcpy(copy, item->data, item->size);
	batch->items[batch->n] = *item;
	batch->items[batch->n++].data = copy;
	batch->bytes += item->size;
	return 0;
}

static int add(struct gm_segment_batch *batch, struct item *item)
{
	bool fits =
		batch->n < PENDING_MAX && item->size <= GROUP_BYTES_MAX - batch->bytes;
	int rc = find_name(item, batch);

	if (rc == 0 && !batch->bulk && fits)
		return hold_back(batch, item);
	if (rc == 0 && !batch->bulk)
		rc = spill(batch);
	if (rc == 0)
		rc = gm_map_put(&batch->known, item->oid.bytes, gm_bulk_n(batch->bulk));
	return rc < 0 ? rc : add_to_bulk(batch, item);
}

/*
 * 1 when a sound copy is in the segments. gc keeps old objects that nobody seems to need for
 * a while only: those that are used again are noted.
 */
static int is_stored(struct gm_segment_batch *batch, const struct gm_oid *oid)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	uint64_t offset;
	struct gm_copy copy;

	if (gm_segments_find(&copy, batch->segments, oid) == GM_ENOTFOUND)
		return 0;
	int rc = gm_segments_read(&data, &type, batch->segments, oid);
	/* Whatever is wrong with the copy, writing another one mends it. */
	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	bool is_old = !batch->segments->tail ||
		!gm_tail_find(&offset, batch->segments->tail, oid);
	rc = keep(batch, oid, is_old);
	return rc < 0 ? rc : 1;
}

int gm_segment_batch_write(struct gm_segment_batch *batch, const struct gm_oid *oid,
	enum gm_object_type type, const void *data, size_t size,
	const struct gm_oid *base)
{
	struct item item = {.oid = *oid,
		.type = type,
		.data = (char *)(uintptr_t)data, /* copied before it is kept */
		.size = size,
		.has_base = base != NULL,
		.depth = -1};

	if (gm_map_get(NULL, &batch->known, oid->bytes))
		return 0;
	if (base)
		item.base = *base;
	int rc = enter(batch);
	int stored = rc < 0 ? rc : is_stored(batch, oid);
	if (stored < 0)
		return stored;
	return stored ? gm_map_put(&batch->known, oid->bytes, STORED) : add(batch, &item);
}

int gm_segment_batch_read(struct gm_buf *out, enum gm_object_type *type_out,
	struct gm_segment_batch *batch, const struct gm_oid *oid)
{
	enum gm_object_type type;
	size_t at;
	int rc;

	if (!is_own(&at, batch, oid))
		return GM_ENOTFOUND;
	gm_buf_reset(out);
	if (batch->bulk) {
		rc = gm_bulk_read(out, &type, batch->bulk, at, &batch->known);
		if (rc == 0)
			rc = gm_object_verify(oid, type, out->ptr, out->size);
	} else {
		type = batch->items[at].type;
		rc = gm_buf_put(out, batch->items[at].data, batch->items[at].size);
	}
	if (rc < 0)
		gm_buf_reset(out);
	else
		*type_out = type;
	return rc;
}

int gm_segment_batch_ref_update(
	struct gm_segment_batch *batch, const struct gm_ref_change *change)
{
	const struct gm_oid *oid = &change->new_oid;
	bool leads = !change->target && !change->is_log_only && !gm_oid_is_zero(oid);
	struct gm_copy copy;
	int rc = enter(batch);
	/* It leads to what this batch writes, or what the store has and must keep. */
	if (rc == 0 && leads && !gm_map_get(NULL, &batch->known, oid->bytes) &&
		gm_segments_find(&copy, batch->segments, oid) == 0)
		rc = keep(batch, oid, false);
	return rc < 0 ? rc : gm_batch_refs_add(&batch->refs, change);
}

static int put_item(struct gm_buf *out, struct gm_segment_batch *batch, struct item *item)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	const struct gm_new_object object = new_object(item);
	struct gm_new_base base;
	int found = find_base(&base, &data, batch, item);

	return found < 0 ? found
			 : gm_segments_encode(out, &item->depth, batch->segments, &object,
				   found ? &base : NULL);
}

/*
 * As long as gc keeps to its lock nothing vanishes that a batch relies on. Should it, then this
 * must not become a history with a hole.
 */
static int check_kept(struct gm_segment_batch *batch)
{
	char hex[GM_OID_HEX];
	struct gm_copy copy;

	if (batch->generation == batch->segments->manifest.generation)
		return 0;
	for (size_t i = 0; i < batch->n_kept; i++) {
		int rc = gm_segments_find(&copy, batch->segments, &batch->kept[i].oid);
		if (rc == 0)
			continue;
		if (rc != GM_ENOTFOUND)
			return rc;
		gm_oid_format(hex, &batch->kept[i].oid);
		return gm_error(GM_EMODIFIED,
			"object '%s' was removed by someone else; try again", hex);
	}
	return 0;
}

static int fill(struct gm_buf *out, void *payload)
{
	struct gm_segment_batch *batch = payload;
	int rc = gm_batch_refs_check(&batch->refs, batch->segments);

	if (rc == 0)
		rc = check_kept(batch);
	for (size_t i = 0; rc == 0 && i < batch->n; i++)
		rc = put_item(out, batch, &batch->items[i]);
	for (size_t i = 0; rc == 0 && i < batch->n_kept; i++) {
		const struct gm_record record = {
			.class = GM_RECORD_FRESHEN, .oid = batch->kept[i].oid.bytes};
		if (batch->kept[i].is_fresh)
			rc = gm_record_put(out, &record);
	}
	return rc < 0 ? rc : gm_batch_refs_put(out, &batch->refs);
}

/* A seal wants the names of blobs, which no record keeps: it need not decode these for them. */
static int remember_names(struct gm_segment_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->n; i++) {
		const struct item *item = &batch->items[i];
		if (item->type == GM_OBJECT_BLOB && item->has_name)
			rc = gm_segments_remember_name(
				batch->segments, &item->oid, item->sha256);
	}
	return rc;
}

int gm_segment_batch_commit(struct gm_segment_batch *batch)
{
	int rc = 0;

	if (!batch->bulk && batch->n > GROUP_OBJECTS_MAX)
		rc = spill(batch);
	/* Early, so that a segment is not published for nothing. */
	if (rc == 0 && batch->bulk)
		rc = gm_batch_refs_check_now(&batch->refs, batch->segments);
	if (rc == 0 && batch->bulk)
		rc = gm_bulk_publish(batch->bulk);
	if (rc == 0)
		rc = remember_names(batch);
	if (rc == 0 && (batch->n || batch->n_kept || batch->refs.n))
		rc = gm_segments_append(batch->segments, fill, batch);
	if (rc == 0)
		reset(batch);
	return rc;
}
