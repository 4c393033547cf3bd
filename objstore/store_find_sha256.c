#include <string.h>

#include "base/interrupt.h"
#include "objstore/internal.h"
#include "objstore/segments_write.h"

struct finding {
	struct gm_store *store;
	uint8_t low[GM_SHA256_SIZE]; /* the prefix, filled up with zeros */
	size_t n_digits;
	struct gm_oid *oids; /* reported at the end, as the callback may use the store */
	size_t n;
	size_t cap;
};

static bool matches(const struct finding *finding, const uint8_t name[GM_SHA256_SIZE])
{
	size_t whole = finding->n_digits / 2;

	if (memcmp(name, finding->low, whole) != 0)
		return false;
	return finding->n_digits % 2 == 0 || name[whole] >> 4 == finding->low[whole] >> 4;
}

static int add(struct finding *finding, const struct gm_oid *oid)
{
	for (size_t i = 0; i < finding->n; i++)
		if (gm_oid_equal(&finding->oids[i], oid))
			return 0;
	int rc = gm_grow(
		&finding->oids, &finding->cap, finding->n + 1, sizeof(*finding->oids));
	if (rc == 0)
		finding->oids[finding->n++] = *oid;
	return rc;
}

/* One whose name cannot be known has none to be found by. */
static int add_if_named(const struct gm_oid *oid, void *payload)
{
	struct finding *finding = payload;
	uint8_t name[GM_SHA256_SIZE];
	int rc = gm_store_recall_name(name, finding->store, oid);

	if (rc == GM_ENOTFOUND)
		rc = gm_store_work_out_name(name, finding->store, oid);
	if (rc < 0)
		return gm_source_is_final(rc) ? rc : gm_interrupted();
	return matches(finding, name) ? add(finding, oid) : 0;
}

/* Those whose names were not known when they were sealed come first. */
static int find_unnamed(struct finding *finding, const struct gm_segment_index *index)
{
	static const uint8_t zeros[GM_SHA256_SIZE];
	struct gm_index_entry entry;
	int rc = 0;

	for (uint32_t rank = 0; rc == 0 && rank < index->n; rank++) {
		gm_segment_index_entry(
			&entry, index, gm_segment_index_by_sha256(index, rank));
		if (memcmp(entry.sha256, zeros, sizeof(zeros)) != 0)
			break;
		rc = add_if_named(&entry.oid, finding);
	}
	return rc;
}

static int find_in_index(struct finding *finding, const struct gm_segment_index *index)
{
	struct gm_index_entry entry;
	int rc = find_unnamed(finding, index);

	for (uint32_t rank = gm_segment_index_sha256_lower_bound(index, finding->low);
		rc == 0 && rank < index->n; rank++) {
		gm_segment_index_entry(
			&entry, index, gm_segment_index_by_sha256(index, rank));
		if (!matches(finding, entry.sha256))
			break;
		rc = add(finding, &entry.oid);
	}
	return rc;
}

static int find_in_segments(struct finding *finding, struct gm_segments *segments)
{
	int rc = gm_segments_refresh(segments);

	rc = rc < 0 ? rc : gm_segments_fault(segments);
	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		rc = find_in_index(finding, segments->indexes[i]);
	for (size_t i = 0; rc == 0 && segments->tail && i < segments->tail->n_objects;
		i++) {
		/* Naming it may look at the store anew. */
		const struct gm_oid oid = segments->tail->objects[i].oid;
		rc = add_if_named(&oid, finding);
	}
	return rc;
}

/* The map may still name what `git gc` has taken away. */
static int add_if_stored(const struct gm_oid *oid, void *payload)
{
	struct finding *finding = payload;
	int exists = gm_store_exists(finding->store, oid);

	return exists > 0 ? add(finding, oid) : exists;
}

/*
 * A whole name that the map has is found at once. Otherwise all objects must be named, to
 * know which is meant, or that none is.
 */
static int find_outside(struct finding *finding)
{
	int rc = 0;

	if (finding->n_digits == 2 * (size_t)GM_SHA256_SIZE)
		rc = gm_name_map_each_sha256(
			finding->store->names, finding->low, add_if_stored, finding);
	if (rc == 0 && !(finding->n && finding->n_digits == 2 * (size_t)GM_SHA256_SIZE))
		rc = gm_store_each_outside(finding->store, add_if_named, finding);
	gm_name_map_save(finding->store->names);
	return rc;
}

static bool parse_prefix(struct finding *finding, const char *hex, size_t size)
{
	if (!size || size > 2 * (size_t)GM_SHA256_SIZE)
		return false;
	for (size_t i = 0; i < size; i++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *digit = hex[i] ? strchr(digits, hex[i]) : NULL;
		if (!digit)
			return false;
		size_t value = (size_t)(digit - digits);
		value = value < 16 ? value : value - 6;
		finding->low[i / 2] |= (uint8_t)(i % 2 ? value : value << 4);
	}
	finding->n_digits = size;
	return true;
}

int gm_store_find_sha256(struct gm_store *store, const char *hex, size_t size,
	gm_store_each_fn each, void *payload)
{
	struct finding finding = {.store = store};
	int tries = 0;
	int rc = 0;

	if (!parse_prefix(&finding, hex, size))
		return gm_error(GM_EINVALID, "'%.*s' is no object id", (int)size, hex);
	/* What a failed attempt found stays right: it was there when it was looked for. */
	if (store->segments)
		do
			rc = find_in_segments(&finding, store->segments);
		while (gm_segments_retry(store->segments, rc, &tries) > 0);
	if (rc == 0)
		rc = find_outside(&finding);
	for (size_t i = 0; rc == 0 && i < finding.n; i++)
		rc = each(&finding.oids[i], payload);
	gm_free(finding.oids);
	return rc;
}
