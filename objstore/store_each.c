#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/internal.h"

/*
 * The ids are gathered before the first is reported: the callback may use the store, and an
 * object may stand in several places.
 */
struct gathering {
	struct gm_oid *oids;
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

static int add(struct gathering *gathering, const struct gm_oid *oid)
{
	int rc = gm_grow(&gathering->oids, &gathering->cap, gathering->n + 1,
		sizeof(*gathering->oids));

	if (rc == 0)
		gathering->oids[gathering->n++] = *oid;
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
	return add(gathering, &oid);
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
	char hex[3];

	for (unsigned folder = 0; folder < 256; folder++) {
		size_t n = gathering->n_digits < 2 ? gathering->n_digits : 2;
		(void)snprintf(hex, sizeof(hex), "%02x", folder);
		if (memcmp(hex, gathering->prefix, n) != 0)
			continue;
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
		rc = add(gathering, &oid);
	}
	return rc;
}

static int gather_index(struct gathering *gathering, const struct gm_segment_index *index)
{
	struct gm_index_entry entry;
	int rc = 0;

	for (uint32_t at = gm_segment_index_lower_bound(index, &gathering->low);
		rc == 0 && at < index->n; at++) {
		gm_segment_index_entry(&entry, index, at);
		if (!matches(gathering, &entry.oid))
			break;
		rc = add(gathering, &entry.oid);
	}
	return rc;
}

static int gather_segments(struct gathering *gathering, struct gm_segments *segments)
{
	int rc = gm_segments_refresh(segments);

	if (rc >= 0)
		rc = gm_segments_fault_of(segments, gathering->low.bytes[0],
			gathering->n_digits > 1           ? gathering->low.bytes[0]
				: gathering->n_digits > 0 ? gathering->low.bytes[0] | 15u
							  : 255u);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		rc = gather_index(gathering, segments->indexes[i]);
	for (size_t i = 0; rc == 0 && segments->tail && i < segments->tail->n_objects;
		i++)
		if (matches(gathering, &segments->tail->objects[i].oid))
			rc = add(gathering, &segments->tail->objects[i].oid);
	return rc;
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

static int compare(const void *a, const void *b)
{
	return gm_oid_compare(a, b);
}

static int report_all(struct gathering *gathering, gm_store_each_fn each, void *payload)
{
	if (gathering->n)
		qsort(gathering->oids, gathering->n, sizeof(*gathering->oids), compare);
	for (size_t i = 0; i < gathering->n; i++) {
		const struct gm_oid *oid = &gathering->oids[i];
		if (i && gm_oid_equal(oid, oid - 1))
			continue;
		int rc = each(oid, payload);
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
	gm_free(gathering->oids);
	return rc;
}

int gm_store_each(struct gm_store *store, gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.n_digits = 0};

	return each_with(store, &gathering, each, payload);
}

int gm_store_each_outside(struct gm_store *store, gm_store_each_fn each, void *payload)
{
	struct gathering gathering = {.is_outside = true};

	return each_with(store, &gathering, each, payload);
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
	return each_with(store, &gathering, each, payload);
}
