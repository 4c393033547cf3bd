#include "index/merging.h"

#include <string.h>

#include "index/segment_file.h"
#include "index/segment_open.h"
#include "index/segment_vectors.h"

/* So many of one size become one of the next. */
#define FACTOR 8

/* The sizes of the first tier end here, those of each other one at eight times as many rows. */
#define FIRST_TIER 128

/* No writer merges more rows than these at once: it would keep its user waiting. */
#define MAX_WRITER_ROWS 16384

/* How long to wait for other writers with segments that are merged already. */
#define WRITE_WAIT_MS 5000

/* What is merged. */
struct inputs {
	struct gm_posting_segment **items;
	size_t n;
	struct gm_segment_vectors vectors;
};

#define INPUTS_INIT                              \
	{                                        \
		NULL, 0, GM_SEGMENT_VECTORS_INIT \
	}

static void inputs_dispose(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		gm_posting_segment_free(inputs->items[i]);
	gm_free(inputs->items);
	gm_segment_vectors_dispose(&inputs->vectors);
}

/* What comes of it: files that are not in place yet. */
struct outputs {
	struct gm_segment_file postings;
	struct gm_segment_file vectors;
	bool has_vectors;
};

#define OUTPUTS_INIT                                              \
	{                                                         \
		GM_SEGMENT_FILE_INIT, GM_SEGMENT_FILE_INIT, false \
	}

static void outputs_dispose(struct outputs *outputs)
{
	gm_segment_file_dispose(&outputs->postings);
	gm_segment_file_dispose(&outputs->vectors);
}

static int open_inputs(struct inputs *out, struct gm_database *database,
	const struct gm_index_manifest *manifest, const struct gm_index_segment *segments,
	size_t n)
{
	int rc = 0;

	out->items = gm_calloc(n, sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = gm_segment_open_postings(&out->items[i], database, &segments[i]);
		if (rc == 0)
			out->n++;
	}
	return rc < 0
		? rc
		: gm_segment_vectors_open(&out->vectors, database, manifest, segments, n);
}

static int merge_inputs(struct outputs *out, struct gm_database *database,
	struct inputs *inputs, const struct gm_bitmap *without, bool in_bulk)
{
	int rc = gm_segment_file_begin(&out->postings, database);

	if (rc < 0)
		return rc;
	rc = gm_segment_file_failed(database,
		gm_posting_segments_merge(
			&out->postings.sink, inputs->items, inputs->n, without));
	if (rc < 0)
		return rc;
	rc = gm_segment_vectors_merge(&out->vectors, database, &inputs->vectors,
		inputs->items, without, in_bulk);
	out->has_vectors = rc > 0;
	return rc < 0 ? rc : 0;
}

static struct gm_index_segment all_of(const struct gm_index_segment *segments, size_t n)
{
	const struct gm_index_segment *last = &segments[n - 1];

	return (struct gm_index_segment){.first = segments[0].first,
		.n = last->first + last->n - segments[0].first};
}

/* Put them in the place of `n` segments. */
static int keep_outputs(struct outputs *outputs, struct gm_database *database,
	const struct gm_index_segment *segments, size_t n)
{
	struct gm_index_segment merged = all_of(segments, n);
	int rc = gm_segment_file_keep(merged.postings, &outputs->postings, "postings");

	if (rc == 0 && outputs->has_vectors)
		rc = gm_segment_file_keep(merged.vectors, &outputs->vectors, "vectors");
	return rc < 0 ? rc : gm_index_manifest_replace(database, segments, n, &merged);
}

int gm_index_merge_segments(struct gm_database *database,
	const struct gm_index_manifest *manifest, size_t from, size_t n,
	const struct gm_bitmap *without)
{
	gm_cleanup(inputs_dispose) struct inputs inputs = INPUTS_INIT;
	gm_cleanup(outputs_dispose) struct outputs outputs = OUTPUTS_INIT;
	const struct gm_index_segment *segments = manifest->items + from;
	int rc = open_inputs(&inputs, database, manifest, segments, n);

	if (rc == 0)
		rc = merge_inputs(&outputs, database, &inputs, without, false);
	if (rc == 0)
		rc = keep_outputs(&outputs, database, segments, n);
	return gm_segment_is_lost(database, rc);
}

static unsigned tier_of(int64_t n_rows)
{
	unsigned tier = 0;

	for (int64_t end = FIRST_TIER; n_rows >= end; end *= FACTOR)
		tier++;
	return tier;
}

/* Whether so many segments of one tier, with so many rows, are to become one. */
static bool is_due(size_t n, int64_t n_rows)
{
	if (n_rows > MAX_WRITER_ROWS)
		return false;
	return n >= FACTOR || (n > 1 && n_rows >= MAX_WRITER_ROWS / 2);
}

/*
 * How many of the last segments are to become one. When eight of a tier are there they count as
 * one of the next, which may be the eighth there.
 */
static size_t plan(const struct gm_index_manifest *manifest)
{
	size_t n_chosen = 1;
	int64_t n_rows = manifest->n ? manifest->items[manifest->n - 1].n : 0;

	for (;;) {
		unsigned tier = tier_of(n_rows);
		size_t n = n_chosen;
		int64_t sum = n_rows;

		for (; n < manifest->n; n++) {
			int64_t next = manifest->items[manifest->n - 1 - n].n;
			if (tier_of(next) > tier || sum + next > MAX_WRITER_ROWS)
				break;
			sum += next;
		}
		if (!is_due(n - n_chosen + 1, sum))
			return n_chosen;
		n_chosen = n;
		n_rows = sum;
	}
}

int gm_index_merge_last(struct gm_database *database)
{
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_index_manifest_load(&manifest, database);

	if (rc < 0)
		return rc;
	size_t n = plan(&manifest);
	if (n < 2)
		return 0;
	return gm_index_merge_segments(database, &manifest, manifest.n - n, n, NULL);
}

/* How many of the last segments to merge, so that no row is moved often. */
static size_t plan_large(const struct gm_index_manifest *manifest)
{
	size_t n = 0;
	int64_t sum = 0;

	while (n < manifest->n) {
		int64_t next = manifest->items[manifest->n - 1 - n].n;
		if (n && next >= FACTOR * sum)
			break;
		sum += next;
		n++;
	}
	return n;
}

/*
 * Open the segments to be merged as of one moment. The manifest is left with them alone; fewer
 * than two are none.
 */
static int open_large(struct gm_index_manifest *out, struct inputs *inputs_out,
	struct gm_database *database, bool all)
{
	int rc = gm_database_begin_read(database);

	if (rc == 0)
		rc = gm_index_manifest_load(out, database);
	if (rc == 0 && !all) {
		size_t n = plan_large(out);
		if (n)
			memmove(out->items, out->items + out->n - n,
				n * sizeof(*out->items));
		out->n = n;
	}
	if (rc == 0 && out->n > 1)
		rc = open_inputs(inputs_out, database, out, out->items, out->n);
	gm_database_rollback(database);
	return rc;
}

/* Put what was merged in place, if the segments it was made of still stand. */
static int replace_all(struct gm_database *database,
	const struct gm_index_manifest *manifest, struct outputs *outputs)
{
	struct gm_index_manifest now = GM_INDEX_MANIFEST_INIT;
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = gm_index_manifest_look(&now, database);
	if (rc == 0 &&
		(now.generation != manifest->generation ||
			strcmp(now.model, manifest->model) != 0))
		rc = GM_EMODIFIED;
	if (rc == 0)
		rc = keep_outputs(outputs, database, manifest->items, manifest->n);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

/* The files that were merged are as large as the index. */
static void sweep(struct gm_database *database)
{
	int rc = gm_database_begin(database, 0);

	if (rc == 0)
		rc = gm_segment_file_sweep(database);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database); /* the next writer does it */
	database->failed = 0;
}

int gm_index_merge_large(struct gm_database *database, bool all)
{
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	gm_cleanup(inputs_dispose) struct inputs inputs = INPUTS_INIT;
	gm_cleanup(outputs_dispose) struct outputs outputs = OUTPUTS_INIT;
	int rc = database->in_memory ? 0 : open_large(&manifest, &inputs, database, all);

	if (rc == 0 && manifest.n < 2)
		return 0;
	if (rc == 0)
		rc = merge_inputs(&outputs, database, &inputs, NULL, true);
	if (rc == 0)
		rc = replace_all(database, &manifest, &outputs);
	if (rc == 0)
		sweep(database);
	/* Somebody else merged or made the index anew, which is as good. */
	return rc == GM_ENOTFOUND || rc == GM_EMODIFIED ? 0 : rc;
}
