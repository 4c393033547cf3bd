#include "objstore/compact_internal.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "objstore/segments_locks.h"
#include "objstore/segments_upkeep.h"

/* How long to wait for writers that merge indexes, and how long for each look. */
#define PATIENCE ((gm_time)10 * GM_TIME_SECOND)
#define NAP_MS 20

const struct gm_compact_stats *gm_compact_stats(const struct gm_compact *compact)
{
	return &compact->stats;
}

void gm_compact_free(struct gm_compact *compact)
{
	if (!compact)
		return;
	for (size_t i = 0; i < GM_COMPACT_OUTPUTS; i++)
		gm_bulk_free(compact->outputs[i].bulk);
	for (size_t i = 0; i <= GM_OBJECT_TAG; i++)
		gm_dictionary_free(compact->effort.dictionaries[i]);
	gm_manifest_dispose(&compact->snapshot);
	gm_manifest_dispose(&compact->learned);
	gm_map_dispose(&compact->used);
	gm_map_dispose(&compact->going);
	gm_map_dispose(&compact->seen);
	gm_free(compact->parts);
	gm_free(compact->young.items);
	gm_free(compact->old.items);
	gm_free(compact->entries);
	gm_free(compact->fresh.items);
	gm_free(compact->rescued.items);
	if (compact->has_upkeep)
		gm_segments_upkeep_end(compact->segments);
	gm_free(compact);
}

/* With the lock. What another one is sealing right now is done by the one who comes first. */
static int seal_rest(struct gm_compact *compact, uint64_t id)
{
	struct gm_segments *segments = compact->segments;
	int rc = 0;

	if (segments->tail && segments->tail->id == id && segments->tail->n_records)
		rc = gm_segments_seal(segments);
	if (rc == 0 && gm_segments_quiet_try(segments) > 0) {
		rc = gm_compact_sweep_files(compact);
		gm_segments_quiet_end(segments);
	}
	return rc;
}

/*
 * Everything is to stand in sealed segments; one without records is not worth sealing. What is
 * written meanwhile is as good as written later.
 */
static int seal(struct gm_compact *compact)
{
	struct gm_segments *segments = compact->segments;
	int rc = gm_segments_refresh(segments);
	const uint64_t id = segments->tail ? segments->tail->id : 0;
	gm_time held = 0;

	if (rc >= 0)
		rc = gm_segments_seal_any(&held, segments);
	if (rc >= 0)
		rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc;
	gm_time start = gm_time_now();
	rc = seal_rest(compact, id);
	gm_segments_unlock(segments);
	compact->stats.lock_us = gm_time_now() - start;
	if (held > compact->stats.lock_us)
		compact->stats.lock_us = held;
	return rc < 0 ? rc : gm_segments_fault(segments);
}

static int add_file_size(
	uint64_t *total, const struct gm_compact *compact, const char *file)
{
	gm_autofree char *path = gm_path_join(compact->segments->dir, file);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	if (stat(path, &st) == 0)
		*total += (uint64_t)st.st_size;
	return 0;
}

/* What the manifest names, but refs and logs. */
static int measure(uint64_t *out, const struct gm_compact *compact)
{
	const struct gm_manifest *manifest = &compact->segments->manifest;
	uint64_t total =
		compact->segments->tail ? compact->segments->tail->bytes.size : 0;
	int rc = 0;

	for (size_t i = 0; i < manifest->n_segments; i++)
		total += manifest->segments[i].size;
	for (size_t i = 0; rc == 0 && i < manifest->n_indexes; i++)
		rc = add_file_size(&total, compact, manifest->indexes[i].file);
	for (size_t i = 0; rc == 0 && i < manifest->n_dictionaries; i++)
		rc = add_file_size(&total, compact, manifest->dictionaries[i].file);
	*out = total;
	return rc;
}

static int take_snapshot(struct gm_compact *compact)
{
	const struct gm_segments *segments = compact->segments;
	int rc = gm_manifest_copy(&compact->snapshot, &segments->manifest);

	if (rc < 0)
		return rc;
	compact->parts = gm_calloc(compact->snapshot.n_segments, sizeof(*compact->parts));
	if (!compact->parts)
		return GM_ENOMEM;
	compact->generation = segments->manifest.generation;
	compact->tail_id = segments->tail ? segments->tail->id : 0;
	compact->tail_at = GM_SEGMENT_HEADER_SIZE;
	return measure(&compact->stats.bytes_before, compact);
}

/* Writers have it for moments only; who has it for longer is at the same work as we are. */
static int take_upkeep(struct gm_compact *compact)
{
	const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
	const struct gm_segments *segments = compact->segments;
	gm_time start = gm_time_now();
	bool has_told = !segments->waiting;
	int rc = gm_segments_upkeep_try(compact->segments);

	while (rc == 0 && gm_time_now() - start < PATIENCE) {
		(void)nanosleep(&nap, NULL); /* a signal is looked at below */
		rc = gm_interrupted();
		if (!has_told && gm_time_now() - start > GM_TIME_SECOND) {
			segments->waiting("another process that packs it",
				segments->waiting_payload);
			has_told = true;
		}
		if (rc == 0)
			rc = gm_segments_upkeep_try(compact->segments);
	}
	if (rc == 0)
		return gm_error(GM_ELOCKED, "another process is packing this store");
	compact->has_upkeep = rc > 0;
	return rc < 0 ? rc : 0;
}

int gm_compact_begin(struct gm_compact **out, struct gm_store *store,
	const struct gm_compact_options *options)
{
	gm_cleanup(gm_compact_free_p) struct gm_compact *compact =
		gm_calloc(1, sizeof(*compact));
	int rc = 0;

	if (!compact)
		return GM_ENOMEM;
	if (!store->segments)
		return gm_error(GM_ERROR, "this store has no segments");
	compact->store = store;
	compact->segments = store->segments;
	compact->options = *options;
	compact->effort.level = GM_COMPACT_LEVEL;
	compact->used = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	compact->going = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	compact->seen = (struct gm_map)GM_MAP_INIT(sizeof(uint64_t));
	if (!options->is_dry)
		rc = take_upkeep(compact);
	if (rc == 0 && !options->is_dry)
		rc = gm_compact_sweep_segments(compact);
	if (rc >= 0)
		rc = options->is_dry ? gm_segments_refresh(compact->segments)
				     : seal(compact);
	if (rc >= 0 && options->is_dry)
		rc = gm_segments_fault(compact->segments);
	if (rc >= 0)
		rc = take_snapshot(compact);
	if (rc < 0)
		return rc;
	*out = gm_steal(&compact);
	return 0;
}

/*
 * A number that is free again, as its segment was removed, must not be given to another one:
 * readers know files by their names. So the active one has to have a greater number.
 */
static int seal_beyond(struct gm_compact *compact)
{
	const struct gm_manifest *snapshot = &compact->snapshot;
	struct gm_segments *segments = compact->segments;
	bool is_due = false;

	for (size_t i = 0; i < snapshot->n_segments; i++)
		is_due = is_due ||
			(!compact->parts[i].is_kept &&
				snapshot->segments[i].number > snapshot->active);
	if (!is_due)
		return 0;
	int rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc;
	if (segments->manifest.active == snapshot->active)
		rc = gm_segments_seal(segments);
	gm_segments_unlock(segments);
	return rc;
}

int gm_compact_run(struct gm_compact *compact, struct gm_progress *progress)
{
	int rc = seal_beyond(compact);

	if (rc == 0)
		rc = gm_compact_learn(compact);
	if (rc == 0)
		rc = gm_compact_copy(compact, progress);
	if (rc == 0)
		rc = gm_compact_copy_strays(
			compact, &compact->young, &compact->outputs[GM_COMPACT_YOUNG]);
	if (rc == 0)
		rc = gm_interrupted();
	if (rc == 0)
		rc = gm_compact_switch(compact);
	return rc < 0 ? rc : measure(&compact->stats.bytes_after, compact);
}
