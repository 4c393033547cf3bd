#include <string.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/segment_log_filter.h"
#include "objstore/segment_ref_table.h"
#include "objstore/segments_upkeep.h"

/* The most log that is rewritten on the way. */
#define MERGE_LOGS_MAX ((size_t)4 << 20)

/*
 * A run at the end of a list, the newest, of files to be made one: each older one that is not
 * much larger than all behind it, so that what is written over the years stays
 * n * log(n), as long as it is no more than `max`. Returns where it begins; `n` when it would
 * be a single one.
 */
static size_t find_run(const uint64_t *sizes, size_t n, uint64_t max)
{
	uint64_t total = n ? sizes[n - 1] : 0;
	size_t from = n ? n - 1 : 0;

	while (from && sizes[from - 1] / 2 < total && sizes[from - 1] + total <= max)
		total += sizes[--from];
	return n - from > 1 ? from : n;
}

/*
 * A name no manifest has: those with a generation in them are given under the lock of the
 * upkeep, by who has read the manifest since it took that, and what was named by one before has
 * a lower one.
 */
static void name_merged(char out[GM_STORE_NAME_MAX], const char *kind, uint64_t number,
	uint64_t generation)
{
	char name[GM_STORE_NAME_MAX];

	gm_store_file_name(name, kind, number);
	(void)snprintf(out, GM_STORE_NAME_MAX, "%.20s-%llu", name,
		(unsigned long long)generation);
}

static void remove_file(const struct gm_segments *segments, const char *file)
{
	gm_autofree char *path = gm_path_join(segments->dir, file);

	if (path)
		(void)gm_sys_unlink(path); /* litter otherwise */
}

/* One that cannot be opened counts as too large: it stays, for fsck to name. */
static uint64_t *index_sizes(const struct gm_segments *segments)
{
	const struct gm_manifest *manifest = &segments->manifest;
	uint64_t *sizes = gm_calloc(manifest->n_indexes, sizeof(*sizes));

	for (size_t i = 0; sizes && i < manifest->n_indexes; i++)
		sizes[i] = segments->indexes[i]
			? (uint64_t)segments->indexes[i]->n * GM_INDEX_ENTRY_SIZE
			: UINT64_MAX / 4;
	return sizes;
}

static size_t index_run(const struct gm_segments *segments)
{
	size_t n = segments->manifest.n_indexes;
	gm_autofree uint64_t *sizes = n > 1 ? index_sizes(segments) : NULL;

	return sizes ? find_run(sizes, n, GM_MERGE_BYTES) : n;
}

bool gm_segments_can_merge_indexes(const struct gm_segments *segments)
{
	return index_run(segments) < segments->manifest.n_indexes;
}

/* Write one index for those from `from` on; `line` is what names it. */
static int merge_indexes(
	struct gm_manifest_index *line, struct gm_segments *segments, size_t from)
{
	const struct gm_manifest *manifest = &segments->manifest;
	size_t n = 0;
	size_t at = 0;

	for (size_t i = from; i < manifest->n_indexes; i++)
		n += segments->indexes[i]->n;
	gm_autofree struct gm_index_entry *entries = gm_malloc(n * sizeof(*entries));
	if (!entries)
		return GM_ENOMEM;
	*line = manifest->indexes[from];
	for (size_t i = from; i < manifest->n_indexes; i++) {
		const struct gm_manifest_index *one = &manifest->indexes[i];
		line->first = line->first < one->first ? line->first : one->first;
		line->last = line->last > one->last ? line->last : one->last;
		for (uint32_t k = 0; k < segments->indexes[i]->n; k++)
			gm_segment_index_entry(&entries[at++], segments->indexes[i], k);
	}
	name_merged(line->file, "idx", line->last, manifest->generation);
	int rc = gm_segment_index_write(segments->dir, line->file, entries, &n, NULL);
	line->n = n;
	return rc;
}

/* Put `line` in the place of `n` lines, if they still stand: the first is `file`. */
static bool replace_indexes(struct gm_manifest *next, const struct gm_manifest *seen,
	size_t from, const struct gm_manifest_index *line)
{
	size_t n = seen->n_indexes - from;
	size_t at = 0;

	while (at < next->n_indexes &&
		strcmp(next->indexes[at].file, seen->indexes[from].file) != 0)
		at++;
	if (next->n_indexes - at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(next->indexes[at + i].file, seen->indexes[from + i].file) != 0)
			return false;
	next->indexes[at] = *line;
	memmove(&next->indexes[at + 1], &next->indexes[at + n],
		(next->n_indexes - at - n) * sizeof(*next->indexes));
	next->n_indexes -= n - 1;
	return true;
}

static bool replace_logs(struct gm_manifest *next, const struct gm_manifest *seen,
	size_t from, const char *file)
{
	size_t n = seen->n_logs - from;
	size_t at = 0;

	while (at < next->n_logs && strcmp(next->logs[at], seen->logs[from]) != 0)
		at++;
	if (next->n_logs - at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(next->logs[at + i], seen->logs[from + i]) != 0)
			return false;
	memcpy(next->logs[at], file, GM_STORE_NAME_MAX);
	memmove(&next->logs[at + 1], &next->logs[at + n],
		(next->n_logs - at - n) * sizeof(*next->logs));
	next->n_logs -= n - 1;
	return true;
}

/* What was made comes into force, unless what it is made of does not stand any more. */
static int put_in_force(struct gm_segments *segments, const struct gm_manifest *seen,
	size_t from, const struct gm_manifest_index *index, const char *log)
{
	gm_automanifest next = {.generation = 0};
	int rc = gm_fsync_dir(segments->dir); /* less is left to do under the lock */

	if (rc == 0)
		rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc;
	rc = gm_manifest_copy(&next, &segments->manifest);
	bool stands = rc == 0 &&
		(index ? replace_indexes(&next, seen, from, index)
		       : replace_logs(&next, seen, from, log));
	if (stands)
		rc = gm_segments_write_manifest(segments, &next);
	gm_segments_unlock(segments);
	if (stands && rc == 0)
		gm_segments_remove_old(segments, seen);
	else if (!stands)
		remove_file(segments, index ? index->file : log);
	return rc;
}

/* Those behind the last one that is damaged: that stays, for fsck to name. */
static size_t sound_indexes(const struct gm_segments *segments, size_t from)
{
	for (size_t i = segments->manifest.n_indexes; i-- > from;)
		if (gm_segment_index_check(segments->indexes[i]) < 0)
			return i + 1;
	return from;
}

int gm_segments_merge_indexes(struct gm_segments *segments)
{
	gm_automanifest seen = {.generation = 0};
	struct gm_manifest_index line;
	size_t from = sound_indexes(segments, index_run(segments));

	if (from + 1 >= segments->manifest.n_indexes)
		return 0;
	int rc = gm_manifest_copy(&seen, &segments->manifest);
	if (rc == 0)
		rc = merge_indexes(&line, segments, from);
	return rc < 0 ? rc : put_in_force(segments, &seen, from, &line, NULL);
}

static size_t log_run(const struct gm_segments *segments)
{
	size_t n = segments->manifest.n_logs;
	gm_autofree uint64_t *sizes = n > 1 ? gm_malloc(n * sizeof(*sizes)) : NULL;
	struct stat st;

	for (size_t i = 0; sizes && i < n; i++) {
		gm_autofree char *path =
			gm_path_join(segments->dir, segments->manifest.logs[i]);
		bool is_there = path && stat(path, &st) == 0 && st.st_size >= 0;
		sizes[i] = is_there ? (uint64_t)st.st_size : UINT64_MAX / 4;
	}
	return sizes ? find_run(sizes, n, MERGE_LOGS_MAX) : n;
}

bool gm_segments_can_merge_logs(const struct gm_segments *segments)
{
	return log_run(segments) < segments->manifest.n_logs;
}

/* All behind the last one that is damaged; `*from` is where they begin. */
static int read_logs(struct gm_buf *out, size_t *from, const struct gm_segments *segments)
{
	const struct gm_manifest *manifest = &segments->manifest;
	gm_autobuf log = GM_BUF_INIT(GM_BUF_LARGE);

	for (size_t i = *from; i < manifest->n_logs; i++) {
		int rc = gm_change_file_read(
			&log, segments->dir, manifest->logs[i], GM_LOG_MAGIC);
		if (rc == GM_EMISMATCH) {
			*from = i + 1;
			gm_buf_reset(out);
			continue;
		}
		if (rc == 0)
			rc = gm_buf_put(out, log.ptr, log.size);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int gm_segments_merge_logs(struct gm_segments *segments)
{
	const struct gm_manifest *manifest = &segments->manifest;
	gm_automanifest seen = {.generation = 0};
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);
	char name[GM_STORE_NAME_MAX];
	size_t from = log_run(segments);
	int rc = read_logs(&all, &from, segments);

	if (rc < 0 || from + 1 >= manifest->n_logs)
		return rc;
	name_merged(name, "log", manifest->active, manifest->generation);
	rc = gm_manifest_copy(&seen, manifest);
	if (rc == 0)
		rc = gm_change_file_write(segments->dir, name, GM_LOG_MAGIC, &all, NULL);
	return rc < 0 ? rc : put_in_force(segments, &seen, from, NULL, name);
}

/* Others may seal while `keep` is asked: what they add is not among what was read. */
int gm_segments_filter_logs(
	struct gm_segments *segments, gm_store_reflog_fn keep, void *payload)
{
	gm_automanifest seen = {.generation = 0};
	gm_autobuf all = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_LARGE);
	char name[GM_STORE_NAME_MAX];
	size_t from = 0;
	int rc = gm_manifest_copy(&seen, &segments->manifest);

	if (rc == 0)
		rc = read_logs(&all, &from, segments);
	if (rc == 0)
		rc = gm_segment_log_filter(&kept, &all, keep, payload);
	if (rc < 0 || kept.size == all.size)
		return rc;
	name_merged(name, "log", seen.active, seen.generation);
	rc = gm_change_file_write(segments->dir, name, GM_LOG_MAGIC, &kept, NULL);
	return rc < 0 ? rc : put_in_force(segments, &seen, from, NULL, name);
}
