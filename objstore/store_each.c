#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/internal.h"
#include "objstore/store_layout.h"

/*
 * The ids are gathered before the first is reported: the callback may use the store, and an
 * object may stand in several places. They are reported in the order of those, so that who
 * reads them all goes through the files from one end to the other.
 */
struct found {
	struct gm_oid oid;
	uint64_t place;
};

struct gathering {
	struct found *items;
	size_t n;
	size_t cap;
	char prefix[GM_OID_HEX]; /* lower case */
	size_t n_digits;
	bool is_outside;   /* only what is not in segments */
	struct gm_oid low; /* the prefix, filled up with zeros */
};

static bool matches(const struct gathering *gathering, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return memcmp(hex, gathering->prefix, gathering->n_digits) == 0;
}

static int add(struct gathering *gathering, const struct gm_oid *oid, uint64_t place)
{
	int rc = gm_grow(&gathering->items, &gathering->cap, gathering->n + 1,
		sizeof(*gathering->items));

	if (rc == 0)
		gathering->items[gathering->n++] = (struct found){*oid, place};
	return rc;
}

struct folder {
	struct gathering *gathering;
	unsigned number;
};

/* Names that are no object names are for gm_store_check(). */
static int add_file(const char *name, void *payload)
{
	const struct folder *folder = payload;
	struct gathering *gathering = folder->gathering;
	char hex[GM_OID_HEX];
	char canonical[GM_OID_HEX];
	struct gm_oid oid;

	if (strlen(name) != GM_OID_HEX - 3)
		return 0;
	(void)snprintf(hex, sizeof(hex), "%02x", folder->number);
	memcpy(hex + 2, name, sizeof(hex) - 2);
	if (!gm_oid_parse(&oid, hex, sizeof(hex) - 1))
		return 0;
	gm_oid_format(canonical, &oid);
	if (strcmp(hex, canonical) != 0 || !matches(gathering, &oid))
		return 0;
	return add(gathering, &oid, 0);
}

static int gather_folder(
	struct gathering *gathering, const struct gm_source *source, unsigned number)
{
	gm_autofree char *path = gm_format("%s/%02x", source->dir, number);
	struct folder folder = {gathering, number};
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	rc = path ? gm_dir_each(path, add_file, &folder) : GM_ENOMEM;
	/* A file in the place of the folder holds no objects; gm_store_check() reports it. */
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int gather_loose(struct gathering *gathering, const struct gm_source *source)
{
	static const unsigned last[] = {255, 15, 0};
	const unsigned first = gathering->low.bytes[0];
	const unsigned end =
		first | last[gathering->n_digits < 2 ? gathering->n_digits : 2];

	for (unsigned folder = first; folder <= end; folder++) {
		int rc = gather_folder(gathering, source, folder);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* An index that cannot be used hides no other: it is for gm_store_check() to report. */
static int gather_pack(struct gm_pack *pack, void *payload)
{
	struct gathering *gathering = payload;
	struct gm_oid oid;
	int rc = gm_pack_open_index(pack);

	if (rc < 0)
		return gm_source_is_final(rc) ? rc : 0;
	uint32_t at = gm_pack_index_lower_bound(&pack->index, &gathering->low);
	for (; rc == 0 && at < pack->index.n; at++) {
		gm_pack_index_oid(&oid, &pack->index, at);
		if (!matches(gathering, &oid))
			break;
		uint64_t offset = 0;
		/* A place that is impossible is for gm_store_check() to report. */
		if (gm_pack_index_offset(&offset, &pack->index, at) < 0)
			offset = 0;
		rc = add(gathering, &oid, offset);
	}
	return rc;
}

static int gather_index(struct gathering *gathering, const struct gm_segment_index *index)
{
	struct gm_oid oid;
	int rc = 0;

	for (uint32_t at = gm_segment_index_lower_bound(index, &gathering->low);
		rc == 0 && at < index->n; at++) {
		gm_segment_index_oid(&oid, index, at);
		if (!matches(gathering, &oid))
			break;
		rc = add(gathering, &oid, gm_segment_index_place(index, at));
	}
	return rc;
}

static int gather_tail(struct gathering *gathering, const struct gm_tail *tail)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tail->n_objects; i++)
		if (matches(gathering, &tail->objects[i].oid))
			rc = add(gathering, &tail->objects[i].oid,
				gm_place(tail->number, tail->objects[i].offset));
	return rc;
}

/* What is broken hides nothing else: that something may be lacking is said at the end. */
static int gather_segments(struct gathering *gathering, struct gm_segments *segments)
{
	int rc = gm_segments_refresh(segments);

	rc = rc < 0 ? rc : 0;
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		if (segments->indexes[i])
			rc = gather_index(gathering, segments->indexes[i]);
	return rc == 0 && segments->tail ? gather_tail(gathering, segments->tail) : rc;
}

/* Loose objects first: a peer's `git gc` moves them into packs, not the other way round. */
static int gather(struct gathering *gathering, struct gm_store *store)
{
	int rc = gm_store_read_alternates(store);

	if (rc == 0 && store->segments && !gathering->is_outside)
		rc = gather_segments(gathering, store->segments);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++)
		rc = gather_loose(gathering, store->sources[i]);
	if (rc == 0)
		rc = gm_store_refresh(store);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++)
		for (size_t k = 0; rc == 0 && k < store->sources[i]->n_packs; k++)
			rc = gather_pack(store->sources[i]->packs[k], gathering);
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	const struct found *x = a;
	const struct found *y = b;
	int order = gm_oid_compare(&x->oid, &y->oid);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int compare_places(const void *a, const void *b)
{
	const struct found *x = a;
	const struct found *y = b;

	return x->place == y->place ? gm_oid_compare(&x->oid, &y->oid)
				    : (x->place > y->place) - (x->place < y->place);
}

/* Of an object in several places the last one counts: that is the one which is read. */
static void sort_out(struct gathering *gathering)
{
	struct found *items = gathering->items;
	size_t n = 0;

	if (!gathering->n)
		return;
	qsort(items, gathering->n, sizeof(*items), compare_names);
	for (size_t i = 0; i < gathering->n; i++) {
		if (n && gm_oid_equal(&items[n - 1].oid, &items[i].oid))
			n--;
		items[n++] = items[i];
	}
	gathering->n = n;
	qsort(items, n, sizeof(*items), compare_places);
}

static int report_all(struct gathering *gathering, gm_store_each_fn each, void *payload)
{
	sort_out(gathering);
	for (size_t i = 0; i < gathering->n; i++) {
		int rc = each(&gathering->items[i].oid, payload);
		if (rc)
			return rc;
	}
	return 0;
}

static int each_with(struct gm_store *store, struct gathering *gathering,
	gm_store_each_fn each, void *payload)
{
	int rc = gather(gathering, store);

	if (rc == 0)
		rc = report_all(gathering, each, payload);
	gm_free(gathering->items);
	return rc;
}

int gm_store_each(struct gm_store *store, gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.n_digits = 0};
	int rc = each_with(store, &gathering, each, payload);

	return rc == 0 && store->segments ? gm_segments_fault(store->segments) : rc;
}

/* Of an index only what could have held such names is looked at. */
static int prefix_fault(struct gm_segments *segments, const struct gathering *gathering)
{
	unsigned low = gathering->low.bytes[0];

	return gm_segments_fault_of(
		segments, low, gathering->n_digits > 1 ? low : low | 15u);
}

int gm_store_each_outside(struct gm_store *store, gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.is_outside = true};

	return each_with(store, &gathering, each, payload);
}

int gm_store_each_segmented(struct gm_store *store, gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.n_digits = 0};
	int rc = store->segments ? gather_segments(&gathering, store->segments) : 0;

	if (rc == 0)
		rc = report_all(&gathering, each, payload);
	gm_free(gathering.items);
	return rc == 0 && store->segments ? gm_segments_fault(store->segments) : rc;
}

int gm_store_each_prefix(struct gm_store *store, const char *hex, size_t size,
	gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.n_digits = size};
	char full[GM_OID_HEX];

	if (!size || size >= GM_OID_HEX)
		return gm_error(GM_EINVALID, "'%.*s' is no object id", (int)size, hex);
	memset(full, '0', sizeof(full) - 1);
	for (size_t i = 0; i < size; i++)
		full[i] = gathering.prefix[i] = (char)tolower((unsigned char)hex[i]);
	if (!gm_oid_parse(&gathering.low, full, sizeof(full) - 1))
		return gm_error(GM_EINVALID, "'%.*s' is no object id", (int)size, hex);
	int rc = each_with(store, &gathering, each, payload);
	/* What is found is found; that there is nothing, only a whole store can say. */
	return rc == 0 && !gathering.n && store->segments
		? prefix_fault(store->segments, &gathering)
		: rc;
}
