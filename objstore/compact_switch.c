#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "objstore/compact_internal.h"
#include "objstore/segments_locks.h"

/* How often to look at what is new before the lock is held for it, however much it is. */
#define ROUNDS_MAX 50

/* How long to wait for batches to end, and how long for each look. */
#define PATIENCE ((gm_time)5 * GM_TIME_SECOND)
#define NAP_MS 50

/* What was appended since the last look, in bytes, that is fine to look at under the lock. */
#define LATE_MAX ((size_t)256 << 10)

/* So many entries of indexes are looked at before their pages are given back. */
#define FORGET_EVERY ((uint32_t)200000)

/* Objects that were rescued go where every writer's go. */
static int fill_rescued(struct gm_buf *out, void *payload)
{
	struct gm_compact *compact = payload;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < compact->rescued.n; i++) {
		gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
		struct gm_new_object object = {.oid = compact->rescued.items[i]};
		uint8_t name[GM_SHA256_SIZE];
		int depth;
		rc = gm_segments_read(
			&data, &object.type, compact->segments, &object.oid);
		if (rc == 0 &&
			gm_segments_sha256(name, compact->segments, &object.oid) == 0)
			object.sha256 = name;
		object.data = data.size ? data.ptr : "";
		object.size = data.size;
		if (rc == 0)
			rc = gm_segments_encode(
				out, &depth, compact->segments, &object, NULL);
	}
	return rc;
}

static int write_rescued(struct gm_compact *compact, bool is_locked)
{
	int rc = 0;

	if (compact->rescued.n && is_locked)
		rc = gm_segments_append_locked(compact->segments, fill_rescued, compact);
	else if (compact->rescued.n)
		rc = gm_segments_append(compact->segments, fill_rescued, compact);
	if (rc == 0) {
		compact->stats.n_drop -= compact->rescued.n;
		compact->rescued.n = 0;
	}
	return rc;
}

/* Without the lock, until little is left. */
static int catch_up(struct gm_compact *compact)
{
	int rc = gm_segments_refresh(compact->segments);

	if (rc >= 0)
		rc = gm_compact_look(compact);
	return rc < 0 ? rc : write_rescued(compact, false);
}

/* 1 when so much is new that it is better looked at without the lock. */
static int is_behind(const struct gm_compact *compact)
{
	const struct gm_segments *segments = compact->segments;

	return segments->manifest.generation != compact->generation || !segments->tail ||
		segments->tail->id != compact->tail_id ||
		segments->tail->bytes.size > compact->tail_at + LATE_MAX;
}

static int add_entry(struct gm_compact *compact, const struct gm_index_entry *entry)
{
	int rc = gm_grow(&compact->entries, &compact->cap_entries, compact->n_entries + 1,
		sizeof(*compact->entries));

	if (rc == 0)
		compact->entries[compact->n_entries++] = *entry;
	return rc;
}

/* Entries of segments that stay. */
static int add_kept_entries(struct gm_compact *compact)
{
	const struct gm_segments *segments = compact->segments;
	struct gm_index_entry entry;
	int rc = gm_segments_fault(compact->segments);

	for (size_t i = 0; rc == 0 && i < segments->manifest.n_indexes; i++)
		for (uint32_t k = 0; rc == 0 && k < segments->indexes[i]->n; k++) {
			gm_segment_index_entry(&entry, segments->indexes[i], k);
			const struct gm_compact_part *part =
				gm_compact_part_at(compact, entry.place);
			if (part && part->is_kept)
				rc = add_entry(compact, &entry);
			if (k % FORGET_EVERY == FORGET_EVERY - 1)
				gm_store_forget_pages(compact->store);
		}
	gm_store_forget_pages(compact->store);
	return rc;
}

static int seal_output(struct gm_compact *compact, struct gm_compact_output *output)
{
	struct gm_index_entry *entries = NULL;
	size_t n = 0;
	size_t cap = 0;
	int rc = 0;

	if (!output->bulk || !gm_bulk_n(output->bulk))
		return 0;
	rc = gm_bulk_seal(&output->line, output->bulk);
	if (rc == 0 && output->time)
		rc = gm_bulk_set_time(output->bulk, output->time);
	if (rc < 0)
		return rc;
	gm_bulk_detach_entries(&entries, &n, &cap, output->bulk);
	if (!compact->entries) {
		compact->entries = entries;
		compact->n_entries = n;
		compact->cap_entries = cap;
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_entry(compact, &entries[i]);
	gm_free(entries);
	return rc;
}

/* No other index ever has its name: generations do not come again. */
static int write_index(struct gm_compact *compact)
{
	struct gm_manifest_index *line = &compact->line;

	if (!compact->n_entries)
		return 0;
	(void)snprintf(line->file, sizeof(line->file), "idx-%08llu-%llu",
		(unsigned long long)compact->snapshot.active,
		(unsigned long long)compact->snapshot.generation);
	line->first = line->last = gm_place_segment(compact->entries[0].place);
	for (size_t i = 1; i < compact->n_entries; i++) {
		uint64_t number = gm_place_segment(compact->entries[i].place);
		line->first = number < line->first ? number : line->first;
		line->last = number > line->last ? number : line->last;
	}
	int rc = gm_segment_index_write(compact->segments->dir, line->file,
		compact->entries, &compact->n_entries, NULL);
	line->n = compact->n_entries;
	return rc;
}

static int prepare(struct gm_compact *compact)
{
	int rc = seal_output(compact, &compact->outputs[GM_COMPACT_LIVE]);

	if (rc == 0)
		rc = seal_output(compact, &compact->outputs[GM_COMPACT_YOUNG]);
	if (rc == 0)
		rc = add_kept_entries(compact);
	if (rc == 0)
		rc = write_index(compact);
	/* So that there is little left to flush when the lock is held. */
	return rc < 0 ? rc : gm_fsync_dir(compact->segments->dir);
}

static bool has_segment(const struct gm_compact *compact, uint64_t number)
{
	const struct gm_manifest_segment *line =
		gm_manifest_segment(&compact->snapshot, number);

	return line && !compact->parts[line - compact->snapshot.segments].is_kept;
}

static int replace_segments(struct gm_manifest *next, const struct gm_compact *compact)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < next->n_segments; i++)
		if (!has_segment(compact, next->segments[i].number))
			next->segments[n++] = next->segments[i];
	next->n_segments = n;
	for (size_t i = 0; rc == 0 && i < GM_COMPACT_OUTPUTS; i++) {
		const struct gm_manifest_segment *line = &compact->outputs[i].line;
		if (line->number)
			rc = gm_manifest_add_segment(
				next, line->number, line->id, line->size);
	}
	return rc;
}

/* Ours is the oldest. Those of the snapshot go; what has come since must be apart from them. */
static int replace_indexes(struct gm_manifest *next, const struct gm_compact *compact)
{
	gm_autofree struct gm_manifest_index *later =
		gm_malloc(next->n_indexes * sizeof(*later));
	size_t n = 0;
	int rc = 0;

	if (!later)
		return GM_ENOMEM;
	for (size_t i = 0; i < next->n_indexes; i++) {
		const struct gm_manifest_index *line = &next->indexes[i];
		if (gm_manifest_names(&compact->snapshot, line->file))
			continue;
		if (gm_manifest_segment(&compact->snapshot, line->first))
			return gm_error(
				GM_EMODIFIED, "the store was rearranged meanwhile");
		later[n++] = *line;
	}
	next->n_indexes = 0;
	if (*compact->line.file)
		rc = gm_manifest_add_index(next, &compact->line);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = gm_manifest_add_index(next, &later[i]);
	return rc;
}

/* Those of writers stay; those of gc do when something that they served stays. */
static int replace_dictionaries(
	struct gm_manifest *next, const struct gm_compact *compact)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < next->n_dictionaries; i++) {
		const struct gm_manifest_dictionary *line = &next->dictionaries[i];
		const struct gm_dictionary *used =
			compact->effort.dictionaries[line->class];
		if (line->slot < GM_DICTIONARY_SLOT_GC || !compact->is_full ||
			(used && gm_dictionary_slot(used) == line->slot))
			next->dictionaries[n++] = *line;
	}
	next->n_dictionaries = n;
	for (size_t i = 0; rc == 0 && i < compact->learned.n_dictionaries; i++)
		rc = gm_manifest_add_dictionary(next, &compact->learned.dictionaries[i]);
	return rc;
}

static int replace_manifest(struct gm_compact *compact)
{
	gm_automanifest next = {.generation = 0};
	int rc = gm_manifest_copy(&next, &compact->segments->manifest);

	if (rc == 0)
		rc = replace_segments(&next, compact);
	if (rc == 0)
		rc = replace_indexes(&next, compact);
	if (rc == 0)
		rc = replace_dictionaries(&next, compact);
	/* What stands there may be instead of what goes, so it must last as well. */
	if (rc == 0 && !compact->segments->is_flushed)
		rc = gm_segments_flush_tail(compact->segments);
	if (rc < 0)
		return rc;
	/* From here on the manifest may name them, whatever else fails. */
	for (size_t i = 0; i < GM_COMPACT_OUTPUTS; i++)
		if (compact->outputs[i].line.number)
			gm_bulk_set_published(compact->outputs[i].bulk);
	return gm_segments_write_manifest(compact->segments, &next);
}

/* The lock is held. 1 when it is done, 0 when one has to try again. */
static int finish(struct gm_compact *compact, bool must)
{
	bool drops = compact->stats.n_drop != 0;
	int quiet = 1;

	if (is_behind(compact) && !must)
		return 0;
	int rc = gm_compact_look(compact);
	if (rc == 0)
		rc = write_rescued(compact, true);
	if (rc == 0 && drops)
		rc = quiet = gm_segments_quiet_try(compact->segments);
	if (rc >= 0 && quiet)
		rc = replace_manifest(compact);
	if (quiet > 0 && drops)
		gm_segments_quiet_end(compact->segments);
	compact->stats.is_busy = !quiet;
	return rc < 0 ? rc : quiet;
}

static int finish_once(struct gm_compact *compact, bool must)
{
	int rc = catch_up(compact);

	if (rc == 0)
		rc = gm_segments_lock(compact->segments);
	if (rc < 0)
		return rc;
	gm_time start = gm_time_now();
	rc = finish(compact, must);
	gm_segments_unlock(compact->segments);
	gm_time held = gm_time_now() - start;
	if (held > compact->stats.lock_us)
		compact->stats.lock_us = held;
	return rc;
}

/* 1 when it is done; 0 when there was a batch all the time. */
static int finish_in_time(struct gm_compact *compact)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	gm_time start = gm_time_now();
	int rc = 0;

	for (int rounds = 0; rc == 0; rounds++) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = finish_once(compact, rounds >= ROUNDS_MAX);
		if (rc || !compact->stats.is_busy)
			continue;
		if (gm_time_now() - start > PATIENCE)
			break;
		(void)nanosleep(&nap, NULL); /* a signal is looked at above */
	}
	return rc;
}

/* A batch may rely on anything: nothing goes away this time. */
static int keep_all(struct gm_compact *compact)
{
	struct gm_compact_output *output = &compact->outputs[GM_COMPACT_OLD];
	int rc = gm_compact_copy_strays(compact, &compact->old, output);

	if (rc == 0)
		rc = seal_output(compact, output);
	if (rc == 0)
		rc = write_index(compact);
	compact->stats.n_unreachable += compact->stats.n_drop;
	compact->stats.n_drop = 0;
	compact->stats.drop_bytes = 0;
	return rc;
}

int gm_compact_switch(struct gm_compact *compact)
{
	int rc = prepare(compact);

	if (rc == 0)
		rc = finish_in_time(compact);
	if (rc == 0) {
		rc = keep_all(compact);
		if (rc == 0)
			rc = finish_in_time(compact);
		compact->stats.is_busy = true;
	}
	if (rc < 0)
		return rc;
	gm_compact_remove_old(compact);
	return 0;
}
