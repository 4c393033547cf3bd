#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/interrupt.h"
#include "objstore/compact_internal.h"

/* A segment of gc stays when it has so many times the bytes of what is smaller or new. */
#define KEEP_FACTOR 2

/* So many entries of indexes are looked at before their pages are given back. */
#define FORGET_EVERY ((size_t)200000)

struct gm_compact_part *gm_compact_part_at(struct gm_compact *compact, uint64_t place)
{
	const struct gm_manifest_segment *line =
		gm_manifest_segment(&compact->snapshot, gm_place_segment(place));

	return line ? &compact->parts[line - compact->snapshot.segments] : NULL;
}

struct looking {
	struct gm_compact *compact;
	const struct gm_compact_part *part;
	uint64_t forgotten; /* up to here the pages were given back */
};

/* A segment that was written at once may be larger than what we may have in memory. */
#define FORGET_BYTES ((uint64_t)32 << 20)

/* An object that a batch used again counts as written then. */
static int note_used(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct looking *looking = payload;
	struct gm_map *used = &looking->compact->used;
	uint64_t time;

	if (offset - looking->forgotten > FORGET_BYTES) {
		gm_store_forget_pages(looking->compact->store);
		looking->forgotten = offset;
	}
	if (record->class != GM_RECORD_FRESHEN)
		return 0;
	if (gm_map_get(&time, used, record->oid) && (gm_time)time >= looking->part->time)
		return 0;
	return gm_map_put(used, record->oid, (uint64_t)looking->part->time);
}

static int open_part(struct gm_segment **out, struct gm_compact *compact, size_t at)
{
	const struct gm_manifest_segment *line = gm_manifest_segment(
		&compact->segments->manifest, compact->snapshot.segments[at].number);

	if (!line)
		return gm_error(GM_EMODIFIED, "the store was rearranged meanwhile");
	return gm_segments_sealed(out, compact->segments,
		(size_t)(line - compact->segments->manifest.segments));
}

/* What of a segment can be known from itself. Those of gc have no other records than objects. */
static int look_at_part(struct gm_compact *compact, size_t at)
{
	struct gm_compact_part *part = &compact->parts[at];
	struct gm_segment *segment = NULL;
	struct looking looking = {compact, part, 0};
	struct stat st;
	int rc = open_part(&segment, compact, at);

	if (rc < 0)
		return rc;
	if (stat(segment->path, &st) < 0)
		return gm_error_errno("cannot read '%s'", segment->path);
	part->time = (gm_time)st.st_mtim.tv_sec * GM_TIME_SECOND;
	part->size = segment->size;
	part->is_compact = gm_segment_header_flags(segment->map) & GM_SEGMENT_COMPACT;
	if (part->is_compact)
		return 0;
	const struct gm_segment_walk walk = {note_used, NULL, &looking};
	rc = gm_segment_walk(
		segment->map, GM_SEGMENT_HEADER_SIZE, segment->size, segment->id, &walk);
	gm_store_forget_pages(compact->store);
	return rc;
}

static int add_stray(
	struct gm_compact_strays *strays, const struct gm_compact_stray *stray)
{
	int rc = gm_grow(
		&strays->items, &strays->cap, strays->n + 1, sizeof(*strays->items));

	if (rc == 0)
		strays->items[strays->n++] = *stray;
	return rc;
}

static int sort_stray(struct gm_compact *compact, const struct gm_oid *oid,
	struct gm_compact_part *part)
{
	struct gm_compact_stray stray = {.oid = *oid,
		.time = part->time,
		.part = (uint32_t)(part - compact->parts)};
	uint64_t used;

	if (gm_map_get(&used, &compact->used, oid->bytes) && (gm_time)used > part->time) {
		stray.time = (gm_time)used;
		stray.is_moved = true;
	}
	part->n_stray++;
	if (compact->options.expire == GM_TIME_NONE ||
		stray.time >= compact->options.expire)
		return add_stray(&compact->young, &stray);
	part->n_expired++;
	return add_stray(&compact->old, &stray);
}

static int sort_index(struct gm_compact *compact, const struct gm_segment_index *index)
{
	struct gm_index_entry entry;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < index->n; i++) {
		gm_segment_index_entry(&entry, index, i);
		struct gm_compact_part *part = gm_compact_part_at(compact, entry.place);
		if (!part)
			return gm_error(
				GM_EMISMATCH, "'%s' leads to no segment", index->path);
		part->n++;
		if (!compact->live.has(&entry.oid, compact->live.payload))
			rc = sort_stray(compact, &entry.oid, part);
		if (i % FORGET_EVERY == FORGET_EVERY - 1)
			gm_store_forget_pages(compact->store);
	}
	return rc < 0 ? rc : gm_interrupted();
}

/* The indexes of the snapshot; nobody else merges indexes as long as we have the upkeep. */
static int sort_all(struct gm_compact *compact)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < compact->snapshot.n_indexes; i++) {
		const struct gm_segment_index *index = NULL;
		for (size_t k = 0; k < compact->segments->manifest.n_indexes; k++)
			if (!strcmp(compact->segments->manifest.indexes[k].file,
				    compact->snapshot.indexes[i].file))
				index = compact->segments->indexes[k];
		if (!index)
			return gm_error(
				GM_EMODIFIED, "the store was rearranged meanwhile");
		rc = sort_index(compact, index);
	}
	return rc;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct gm_compact_part *x = *(const struct gm_compact_part *const *)a;
	const struct gm_compact_part *y = *(const struct gm_compact_part *const *)b;

	return (x->size < y->size) - (x->size > y->size);
}

/* Nothing leads to any of it: gc wrote it apart, and would do so again. */
static bool is_cruft(const struct gm_compact_part *part)
{
	return part->is_compact && part->n && part->n_stray == part->n;
}

/* The larger ones are kept, down to the first that what is smaller or new comes near to. */
static void keep_largest(struct gm_compact_part **by_size, size_t n, bool cruft)
{
	uint64_t rest = 0;
	bool keeps = true;

	for (size_t i = 0; i < n; i++)
		if (!by_size[i]->is_compact || is_cruft(by_size[i]) == cruft)
			rest += by_size[i]->size;
	for (size_t i = 0; i < n; i++) {
		struct gm_compact_part *part = by_size[i];
		if (part->is_compact && is_cruft(part) != cruft)
			continue;
		rest -= part->size;
		if (!part->is_compact || part->n_expired)
			continue;
		keeps = keeps && part->size / KEEP_FACTOR >= rest;
		part->is_kept = keeps;
	}
}

/*
 * What an earlier gc wrote stays as it is, unless something in it has to go, or so much has
 * come since that it is worth doing all of it again. So each object is written a number of
 * times that grows with the logarithm of its age. What is written apart is weighed apart, and
 * only the smallest are written anew: else the same would be done again every time.
 */
static int choose_kept(struct gm_compact *compact)
{
	size_t n = compact->snapshot.n_segments;
	gm_autofree struct gm_compact_part **by_size = gm_malloc(n * sizeof(*by_size));

	if (!by_size)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		by_size[i] = &compact->parts[i];
	if (n)
		qsort(by_size, n, sizeof(*by_size), compare_sizes);
	keep_largest(by_size, n, false);
	keep_largest(by_size, n, true);
	compact->is_full = true;
	for (size_t i = 0; i < n; i++)
		compact->is_full = compact->is_full && !compact->parts[i].is_kept;
	return 0;
}

/* One that has a younger copy does not go. */
static int settle_strays(struct gm_compact *compact)
{
	struct gm_compact_strays *old = &compact->old;
	gm_automap young = GM_MAP_INIT(GM_OID_SIZE);
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < compact->young.n; i++)
		rc = gm_map_put(&young, compact->young.items[i].oid.bytes, 0);
	for (size_t i = 0; rc == 0 && i < old->n; i++) {
		if (gm_map_get(NULL, &young, old->items[i].oid.bytes) ||
			gm_map_get(NULL, &compact->going, old->items[i].oid.bytes))
			continue;
		rc = gm_map_put(&compact->going, old->items[i].oid.bytes, 1);
		old->items[n++] = old->items[i];
	}
	old->n = n;
	compact->stats.n_unreachable = young.n;
	return rc;
}

static int ask_for_young(struct gm_compact *compact)
{
	const struct gm_compact_strays *young = &compact->young;
	gm_autofree struct gm_oid *oids = gm_malloc(young->n * sizeof(*oids));

	if (!oids)
		return GM_ENOMEM;
	for (size_t i = 0; i < young->n; i++)
		oids[i] = young->items[i].oid;
	int rc = compact->live.more(oids, young->n, compact->live.payload);
	compact->rescued.n = 0; /* they are written anew with the young ones */
	return rc;
}

/* What a young one leads to stays as well: otherwise it is nothing to come back to. */
static int keep_for_young(struct gm_compact *compact)
{
	struct gm_compact_strays *old = &compact->old;
	uint64_t goes = 1;
	size_t n = 0;
	int rc = old->n && compact->young.n ? ask_for_young(compact) : 0;

	for (size_t i = 0; rc == 0 && i < old->n; i++) {
		struct gm_compact_stray stray = old->items[i];
		(void)gm_map_get(&goes, &compact->going, stray.oid.bytes);
		stray.is_moved = true;
		if (goes)
			old->items[n++] = stray;
		else
			rc = add_stray(&compact->young, &stray);
	}
	if (rc == 0)
		compact->stats.n_unreachable += old->n - n;
	old->n = n;
	return rc;
}

static int measure_dropped(struct gm_compact *compact)
{
	struct gm_copy copy;

	for (size_t i = 0; i < compact->old.n; i++)
		if (gm_segments_find(
			    &copy, compact->segments, &compact->old.items[i].oid) == 0)
			compact->stats.drop_bytes += copy.record.size;
	return gm_interrupted();
}

static size_t count_rewrites(const struct gm_compact *compact)
{
	size_t n = 0;

	for (size_t i = 0; i < compact->snapshot.n_segments; i++)
		if (!compact->parts[i].is_kept)
			n += compact->parts[i].n;
	return n > compact->stats.n_drop ? n - compact->stats.n_drop : 0;
}

/* A dry run seals nothing: what stands in the active segment counts as if it were sealed. */
static int sort_tail(struct gm_compact *compact)
{
	const struct gm_tail *tail = compact->segments->tail;
	const gm_time time = (gm_time)tail->modified.tv_sec * GM_TIME_SECOND;
	bool goes =
		compact->options.expire != GM_TIME_NONE && time < compact->options.expire;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < tail->n_objects; i++) {
		const struct gm_compact_stray stray = {
			.oid = tail->objects[i].oid, .time = time};
		if (compact->live.has(&stray.oid, compact->live.payload))
			compact->stats.n_rewrite++;
		else
			rc = add_stray(goes ? &compact->old : &compact->young, &stray);
	}
	return rc;
}

int gm_compact_plan(struct gm_compact *compact, const struct gm_compact_live *live)
{
	int rc = 0;

	compact->live = *live;
	for (size_t i = 0; rc == 0 && i < compact->snapshot.n_segments; i++)
		rc = look_at_part(compact, i);
	if (rc == 0)
		rc = sort_all(compact);
	if (rc == 0 && compact->options.is_dry)
		rc = sort_tail(compact);
	if (rc == 0)
		rc = choose_kept(compact);
	if (rc == 0)
		rc = settle_strays(compact);
	if (rc == 0)
		rc = keep_for_young(compact);
	compact->stats.n_drop = compact->old.n;
	if (rc == 0)
		rc = measure_dropped(compact);
	if (rc < 0)
		return rc;
	compact->stats.n_rewrite += count_rewrites(compact);
	return 0;
}
