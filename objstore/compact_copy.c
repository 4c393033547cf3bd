#include <string.h>

#include "base/interrupt.h"
#include "objstore/compact_internal.h"

/*
 * What is mapped is given back to the system after so many objects, as it counts as ours. Each may
 * have brought 64 KB around it.
 */
#define FORGET_EVERY 1000

/* The object that was written last, on which the next version of its path can stand. */
struct last {
	struct gm_oid oid;
	struct gm_buf data;
	int depth;
	bool is_usable;
};

static int find_name(uint8_t out[GM_SHA256_SIZE], struct gm_compact *compact,
	const struct gm_oid *oid, enum gm_object_type type, const struct gm_buf *data)
{
	int rc = gm_segments_sha256(out, compact->segments, oid);

	if (rc != GM_ENOTFOUND)
		return rc < 0 ? rc : 1;
	if (type != GM_OBJECT_BLOB)
		return 0;
	gm_object_hash_sha256(out, type, data->ptr, data->size);
	return 1;
}

/* Write one; `base` may be NULL. */
static int write_object(struct gm_bulk *bulk, struct gm_compact *compact,
	const struct gm_oid *oid, enum gm_object_type type, const struct gm_buf *data,
	const struct gm_new_base *base)
{
	uint8_t name[GM_SHA256_SIZE];
	int known = find_name(name, compact, oid, type, data);
	const struct gm_new_object object = {.oid = *oid,
		.type = type,
		.data = data->size ? data->ptr : "",
		.size = data->size,
		.sha256 = known > 0 ? name : NULL};

	return known < 0 ? known : gm_bulk_add(bulk, &object, base);
}

/* 1 when the object is to be written anew; 0 when it stays where it is, or is not in here. */
static int is_due(struct gm_compact *compact, const struct gm_compact_item *item)
{
	const struct gm_manifest *snapshot = &compact->snapshot;
	char hex[GM_OID_HEX];
	struct gm_copy copy;
	int rc = gm_segments_find(&copy, compact->segments, item->oid);

	if (rc == 0) {
		for (size_t i = 0; i < snapshot->n_segments; i++)
			if (snapshot->segments[i].id == copy.segment_id)
				return !compact->parts[i].is_kept;
		return 0;
	}
	if (rc != GM_ENOTFOUND || item->may_lack)
		return rc == GM_ENOTFOUND ? 0 : rc;
	rc = gm_store_exists(compact->store, item->oid);
	if (rc)
		return rc < 0 ? rc : 0;
	if (gm_oid_equal(item->oid, &gm_oid_empty_tree))
		return 0;
	gm_oid_format(hex, item->oid);
	return gm_error(GM_ENOTFOUND, "%s '%s' does not exist",
		gm_object_type_name(item->type), hex);
}

static int check_type(const struct gm_compact_item *item, enum gm_object_type type)
{
	char hex[GM_OID_HEX];

	if (type == item->type)
		return 0;
	gm_oid_format(hex, item->oid);
	return gm_error(GM_EMISMATCH, "object '%s' is a %s, not a %s", hex,
		gm_object_type_name(type), gm_object_type_name(item->type));
}

static int copy_item(struct gm_compact *compact, struct last *last,
	const struct gm_compact_item *item, bool same_path)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	const struct gm_new_base base = {
		&last->oid, last->data.ptr, last->data.size, last->depth};
	bool is_based = same_path && last->is_usable;
	enum gm_object_type type;
	int rc = is_due(compact, item);

	last->is_usable = false;
	if (rc <= 0)
		return rc;
	rc = gm_segments_read(&data, &type, compact->segments, item->oid);
	if (rc == 0)
		rc = check_type(item, type);
	if (rc == 0)
		rc = write_object(compact->outputs[GM_COMPACT_LIVE].bulk, compact,
			item->oid, type, &data, is_based ? &base : NULL);
	if (rc < 0)
		return rc;
	gm_buf_dispose(&last->data);
	last->data = data;
	data = (struct gm_buf)GM_BUF_INIT(0);
	last->oid = *item->oid;
	last->depth = gm_bulk_depth(compact->outputs[GM_COMPACT_LIVE].bulk,
		gm_bulk_n(compact->outputs[GM_COMPACT_LIVE].bulk) - 1);
	last->is_usable = true;
	return 0;
}

/* The versions of a path, the newest first: what is looked at most stands on nothing. */
static int copy_versions(
	struct gm_compact *compact, struct last *last, size_t from, size_t to)
{
	struct gm_compact_item item;
	int rc = 0;

	for (size_t i = to; rc == 0 && i-- > from;) {
		compact->live.at(&item, i, compact->live.payload);
		rc = copy_item(compact, last, &item, i + 1 < to);
		if (gm_bulk_n(compact->outputs[GM_COMPACT_LIVE].bulk) % FORGET_EVERY ==
			FORGET_EVERY - 1)
			gm_store_forget_pages(compact->store);
	}
	return rc;
}

static size_t end_of_path(const struct gm_compact *compact, size_t from)
{
	struct gm_compact_item first;
	struct gm_compact_item item;
	size_t at = from + 1;

	compact->live.at(&first, from, compact->live.payload);
	if (first.type != GM_OBJECT_TREE && first.type != GM_OBJECT_BLOB)
		return at;
	for (; at < compact->live.n; at++) {
		compact->live.at(&item, at, compact->live.payload);
		if (item.type != first.type || item.path != first.path)
			break;
	}
	return at;
}

static int open_output(struct gm_compact_output *output, struct gm_compact *compact)
{
	if (output->bulk)
		return 0;
	int rc = gm_bulk_open(&output->bulk, compact->segments);
	return rc < 0 ? rc : gm_bulk_set_compact(output->bulk, &compact->effort);
}

int gm_compact_copy(struct gm_compact *compact, struct gm_progress *progress)
{
	struct gm_compact_output *output = &compact->outputs[GM_COMPACT_LIVE];
	struct last last = {.data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	size_t n = compact->live.n;
	int rc = open_output(output, compact);

	for (size_t from = 0, to; rc == 0 && from < n; from = to) {
		to = end_of_path(compact, from);
		rc = copy_versions(compact, &last, from, to);
		if (rc == 0)
			rc = gm_interrupted();
		if (progress)
			gm_progress_update(progress, gm_bulk_n(output->bulk));
	}
	gm_buf_dispose(&last.data);
	return rc;
}

static int copy_stray(struct gm_compact *compact, struct gm_compact_output *output,
	const struct gm_compact_stray *stray)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	int rc = gm_segments_read(&data, &type, compact->segments, &stray->oid);

	if (rc == 0)
		rc = open_output(output, compact);
	if (rc == 0)
		rc = write_object(output->bulk, compact, &stray->oid, type, &data, NULL);
	if (rc == 0 && stray->time > output->time)
		output->time = stray->time;
	return rc;
}

/* They count as written when the youngest of them was. */
int gm_compact_copy_strays(struct gm_compact *compact,
	const struct gm_compact_strays *strays, struct gm_compact_output *output)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < strays->n; i++) {
		const struct gm_compact_stray *stray = &strays->items[i];
		if (compact->parts[stray->part].is_kept && !stray->is_moved)
			continue;
		rc = copy_stray(compact, output, stray);
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}
