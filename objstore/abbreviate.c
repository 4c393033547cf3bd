#include "objstore/abbreviate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "objstore/internal.h"

/* Going through the tail is cheaper than to sort it for so few ids. */
#define FEW_SCANS 4

void gm_abbreviations_free(struct gm_abbreviations *abbreviations)
{
	if (!abbreviations)
		return;
	for (size_t i = 0; i < 256; i++)
		gm_free(abbreviations->loose[i].items);
	gm_free(abbreviations->tail);
	gm_free(abbreviations);
}

/* The id, and how many of its digits some other one shares. */
struct search {
	const struct gm_oid *oid;
	size_t shared;
};

static void compare(struct search *search, const struct gm_oid *other)
{
	size_t i = 0;

	while (i < GM_OID_SIZE && search->oid->bytes[i] == other->bytes[i])
		i++;
	if (i == GM_OID_SIZE)
		return;
	size_t shared = 2 * i + (search->oid->bytes[i] >> 4 == other->bytes[i] >> 4);
	if (shared > search->shared)
		search->shared = shared;
}

/* Of sorted names only those beside the id can share more with it than others. */
static void search_pack(struct search *search, const struct gm_pack_index *index)
{
	uint32_t at = gm_pack_index_lower_bound(index, search->oid);
	struct gm_oid other;

	for (uint32_t i = at ? at - 1 : at; i < index->n && i <= at + 1; i++) {
		gm_pack_index_oid(&other, index, i);
		compare(search, &other);
	}
}

static void search_index(struct search *search, const struct gm_segment_index *index)
{
	uint32_t at = gm_segment_index_lower_bound(index, search->oid);
	struct gm_oid other;

	for (uint32_t i = at ? at - 1 : at; i < index->n && i <= at + 1; i++) {
		gm_segment_index_oid(&other, index, i);
		compare(search, &other);
	}
}

static int compare_oids(const void *a, const void *b)
{
	return gm_oid_compare(a, b);
}

static int sort_tail(struct gm_abbreviations *known, const struct gm_tail *tail)
{
	struct gm_oid *oids = gm_calloc(tail->n_objects, sizeof(*oids));

	if (!oids)
		return GM_ENOMEM;
	for (size_t i = 0; i < tail->n_objects; i++)
		oids[i] = tail->objects[i].oid;
	qsort(oids, tail->n_objects, sizeof(*oids), compare_oids);
	gm_free(known->tail);
	known->tail = oids;
	known->n_tail = tail->n_objects;
	known->tail_number = tail->number;
	known->tail_epoch = tail->epoch;
	known->n_scans = 0;
	return 0;
}

/* Objects may stand in the tail several times. */
static void search_sorted(struct search *search, const struct gm_abbreviations *known)
{
	size_t low = 0, high = known->n_tail;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (gm_oid_compare(&known->tail[middle], search->oid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		compare(search, &known->tail[low - 1]);
	while (low < known->n_tail && gm_oid_equal(&known->tail[low], search->oid))
		low++;
	if (low < known->n_tail)
		compare(search, &known->tail[low]);
}

static int search_tail(
	struct search *search, struct gm_abbreviations *known, const struct gm_tail *tail)
{
	bool is_sorted = known->tail && known->n_tail == tail->n_objects &&
		known->tail_number == tail->number && known->tail_epoch == tail->epoch;

	if (!is_sorted && known->n_scans++ < FEW_SCANS) {
		for (size_t i = 0; i < tail->n_objects; i++)
			compare(search, &tail->objects[i].oid);
		return 0;
	}
	int rc = is_sorted ? 0 : sort_tail(known, tail);
	if (rc == 0)
		search_sorted(search, known);
	return rc;
}

struct folder {
	struct gm_loose_names *names;
	unsigned number;
};

static int add_file(const char *name, void *payload)
{
	const struct folder *folder = payload;
	struct gm_loose_names *names = folder->names;
	char hex[GM_OID_HEX];
	struct gm_oid oid;

	if (strlen(name) != GM_OID_HEX - 3)
		return 0;
	(void)snprintf(hex, sizeof(hex), "%02x%s", folder->number, name);
	if (!gm_oid_parse(&oid, hex, GM_OID_HEX - 1))
		return 0;
	int rc = gm_grow(&names->items, &names->cap, names->n + 1, sizeof(*names->items));
	if (rc == 0)
		names->items[names->n++] = oid;
	return rc;
}

static int list_folder(
	struct gm_loose_names *names, const struct gm_store *store, unsigned number)
{
	struct folder folder = {.names = names, .number = number};

	for (size_t i = 0; i < store->n_sources; i++) {
		gm_autofree char *path =
			gm_format("%s/%02x", store->sources[i]->dir, number);
		int rc = path ? gm_dir_each(path, add_file, &folder) : GM_ENOMEM;
		if (gm_source_is_final(rc))
			return rc;
	}
	names->listed = true;
	return 0;
}

static int search_loose(struct search *search, struct gm_abbreviations *known,
	const struct gm_store *store)
{
	unsigned number = search->oid->bytes[0];
	struct gm_loose_names *names = &known->loose[number];
	int rc = names->listed ? 0 : list_folder(names, store, number);

	for (size_t i = 0; rc == 0 && i < names->n; i++)
		compare(search, &names->items[i]);
	return rc;
}

/* What cannot be read is passed over: the digits tell the id from all others that can. */
static int search_packs(struct search *search, struct gm_source *source)
{
	int rc = gm_source_scan(source);

	for (size_t i = 0; rc == 0 && i < source->n_packs; i++) {
		rc = gm_pack_open_index(source->packs[i]);
		if (rc == 0)
			search_pack(search, &source->packs[i]->index);
		rc = gm_source_is_final(rc) ? rc : 0;
	}
	return gm_source_is_final(rc) ? rc : 0;
}

static int search_segments(struct search *search, struct gm_abbreviations *known,
	const struct gm_segments *segments)
{
	for (size_t i = 0; i < segments->manifest.n_indexes; i++)
		if (segments->indexes[i])
			search_index(search, segments->indexes[i]);
	return segments->tail ? search_tail(search, known, segments->tail) : 0;
}

void gm_store_forget_abbreviations(struct gm_store *store)
{
	gm_abbreviations_free(store->abbreviations);
	store->abbreviations = NULL;
}

/* Once, all there is now is looked for. */
static int begin(struct gm_store *store)
{
	if (store->abbreviations)
		return 0;
	store->abbreviations = gm_calloc(1, sizeof(*store->abbreviations));
	if (!store->abbreviations)
		return GM_ENOMEM;
	int rc = gm_store_refresh(store);
	return gm_source_is_final(rc) ? rc : 0;
}

int gm_store_abbreviate(
	size_t *digits_out, struct gm_store *store, const struct gm_oid *oid, size_t min)
{
	struct search search = {.oid = oid};

	int rc = begin(store);

	if (rc == 0 && store->segments)
		rc = search_segments(&search, store->abbreviations, store->segments);
	if (rc == 0)
		rc = search_loose(&search, store->abbreviations, store);
	for (size_t i = 0; rc == 0 && i < store->n_sources; i++)
		rc = search_packs(&search, store->sources[i]);
	if (rc < 0)
		return rc;
	size_t digits = search.shared + 1;
	*digits_out = digits < min ? min : digits;
	return 0;
}
