#include "index/learn.h"

#include <string.h>

#include "base/interrupt.h"
#include "index/internal.h"
#include "index/lsa.h"
#include "index/manifest.h"
#include "index/segment_file.h"
#include "index/segment_vectors.h"
#include "index/segments.h"

/* Learning from so many memories takes some tenths of a second, once in a while. */
#define QUICK_MEMORIES 2000

/* Rows that get their vectors in a blink. */
#define QUICK_ROWS 16384

/* How long to wait for other writers with files that are made already. */
#define WRITE_WAIT_MS 5000

/* The index as of one moment; the files stay open whatever happens to them. */
struct snapshot {
	const struct gm_segments *segments; /* the index's own */
	struct gm_index_manifest manifest;  /* of all but what is pending */
	struct gm_bitmap rows;
};

static void snapshot_dispose(struct snapshot *snapshot)
{
	gm_index_manifest_dispose(&snapshot->manifest);
	gm_bitmap_dispose(&snapshot->rows);
}

/* Whether there may be something to do at once; what costs more to find out is not looked at. */
static bool may_be_quick(const struct gm_segments *segments)
{
	if (segments->lsa && segments->n_without_vectors)
		return true;
	return segments->n_documents <= QUICK_MEMORIES &&
		gm_lsa_due(segments->lsa, segments->n_documents);
}

/* 1 with the index as it is, or 0 when there is nothing to do. */
static int take_snapshot(
	struct snapshot *out, struct gm_index *index, enum gm_learn_when when)
{
	struct gm_database *database = index->database;
	int rc = gm_database_begin_read(database);

	if (rc == 0)
		rc = gm_segments_get(&out->segments, index);
	if (rc == 0 && (when != GM_LEARN_QUICK || may_be_quick(out->segments))) {
		rc = gm_index_manifest_load(&out->manifest, database);
		if (rc == 0)
			rc = gm_index_view_union(&out->rows, database);
		rc = rc < 0 ? rc : 1;
	}
	gm_database_rollback(database);
	return rc;
}

static size_t count_memories(const struct snapshot *snapshot)
{
	return gm_lsa_count(
		snapshot->segments->postings, snapshot->segments->n, &snapshot->rows);
}

static bool is_due(const struct snapshot *snapshot, enum gm_learn_when when)
{
	const struct gm_segments *segments = snapshot->segments;

	if (when == GM_LEARN_ANEW)
		return true;
	/* Counting takes a while, and not all are to be learned from. */
	if (when == GM_LEARN_QUICK && segments->n_documents > QUICK_MEMORIES)
		return false;
	return gm_lsa_due(segments->lsa, count_memories(snapshot));
}

/* What is made, beside the index. */
struct making {
	struct gm_segment_file model;
	struct gm_lsa *lsa;              /* the new one; NULL: none */
	struct gm_segment_file *vectors; /* for each segment of the manifest */
	bool *made;
	size_t n;
	size_t n_made;
};

static void making_dispose(struct making *making)
{
	gm_segment_file_dispose(&making->model);
	gm_lsa_free(making->lsa);
	for (size_t i = 0; making->vectors && i < making->n; i++)
		gm_segment_file_dispose(&making->vectors[i]);
	gm_free(making->vectors);
	gm_free(making->made);
}

/* 1 with a model, 0 when there is too little to learn from. */
static int make_model(struct making *making, struct gm_database *database,
	const struct snapshot *snapshot, struct gm_progress *progress)
{
	gm_autosink sink = {.fd = -1};

	gm_segment_sink_to_memory(&sink);
	int rc = gm_lsa_train(&sink, snapshot->segments->postings, snapshot->segments->n,
		&snapshot->rows, progress);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	rc = gm_segment_file_begin(&making->model, database);
	if (rc == 0)
		rc = gm_segment_sink_put(
			&making->model.sink, sink.bytes.ptr, sink.bytes.size);
	if (rc == 0)
		rc = gm_segment_sink_finish(&making->model.sink, NULL);
	if (rc == 0)
		rc = gm_lsa_take(&making->lsa, &sink.bytes);
	return rc < 0 ? gm_segment_file_failed(database, rc) : 1;
}

static int make_one(struct making *making, struct gm_database *database,
	const struct gm_lsa *lsa, const struct gm_segments *segments, size_t at)
{
	struct gm_segment_file *file = &making->vectors[at];
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_segment_file_begin(file, database);
	if (rc == 0)
		rc = gm_segment_file_failed(database,
			gm_segment_vectors_encode(
				&file->sink, lsa, segments->postings[at]));
	making->made[at] = rc == 0;
	making->n_made += rc == 0;
	return rc;
}

static int make_room(struct making *making, size_t n)
{
	making->vectors = gm_calloc(n, sizeof(*making->vectors));
	making->made = gm_calloc(n, sizeof(*making->made));
	if (!making->vectors || !making->made)
		return GM_ENOMEM;
	making->n = n;
	for (size_t i = 0; i < n; i++)
		making->vectors[i] = (struct gm_segment_file)GM_SEGMENT_FILE_INIT;
	return 0;
}

/*
 * Make the vectors of the segments that have none of the model: of all of them, or of some that
 * are a step on the way, the newest first.
 */
static int make_vectors(struct making *making, struct gm_database *database,
	const struct snapshot *snapshot, enum gm_learn_when when)
{
	const struct gm_segments *segments = snapshot->segments;
	const struct gm_lsa *lsa = making->lsa ? making->lsa : segments->lsa;
	size_t rows = 0;
	int rc = lsa ? make_room(making, snapshot->manifest.n) : 0;

	for (size_t i = making->n; i-- > 0 && rc == 0;) {
		if (!making->lsa && segments->vectors[i])
			continue;
		rows += gm_posting_segment_rows(segments->postings[i]);
		if (when == GM_LEARN_QUICK && rows > QUICK_ROWS && making->n_made)
			break;
		rc = make_one(making, database, lsa, segments, i);
	}
	return rc;
}

/* The segment of these postings, NULL when others have merged it meanwhile. */
static const struct gm_index_segment *find_segment(
	const struct gm_index_manifest *manifest, const struct gm_index_segment *segment)
{
	for (size_t i = 0; i < manifest->n; i++)
		if (strcmp(manifest->items[i].postings, segment->postings) == 0)
			return &manifest->items[i];
	return NULL;
}

static int keep_vectors(struct making *making, struct gm_database *database,
	const struct gm_index_manifest *then, const struct gm_index_manifest *now)
{
	int rc = 0;

	for (size_t i = 0; i < making->n && rc == 0; i++) {
		const struct gm_index_segment *segment =
			making->made[i] ? find_segment(now, &then->items[i]) : NULL;
		char name[GM_SEGMENT_NAME];

		if (!segment)
			continue;
		rc = gm_segment_file_keep(name, &making->vectors[i], "vectors");
		if (rc == 0)
			rc = gm_index_manifest_set_vectors(database, segment, name);
	}
	return rc;
}

static int keep_model(struct making *making, struct gm_database *database)
{
	char name[GM_SEGMENT_NAME];

	if (!making->lsa)
		return 0;
	int rc = gm_segment_file_keep(name, &making->model, "lsa");
	return rc < 0 ? rc : gm_index_manifest_set_model(database, name);
}

/* Put in place what was made, unless the index was made anew meanwhile. */
static int keep(struct making *making, struct gm_database *database,
	const struct gm_index_manifest *then)
{
	gm_autoindexmanifest now = GM_INDEX_MANIFEST_INIT;
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = gm_index_manifest_load(&now, database);
	/* Vectors of a model that is no longer there would be of no use. */
	if (rc == 0 &&
		(now.generation != then->generation ||
			strcmp(now.model, then->model) != 0))
		rc = GM_EMODIFIED;
	if (rc == 0)
		rc = keep_model(making, database);
	if (rc == 0)
		rc = keep_vectors(making, database, then, &now);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

static int learn(
	struct gm_index *index, enum gm_learn_when when, struct gm_progress *progress)
{
	gm_cleanup(snapshot_dispose) struct snapshot snapshot = {
		NULL, GM_INDEX_MANIFEST_INIT, GM_BITMAP_INIT};
	gm_cleanup(making_dispose) struct making making = {
		.model = GM_SEGMENT_FILE_INIT, .vectors = NULL};
	struct gm_database *database = index->database;
	int rc = take_snapshot(&snapshot, index, when);

	if (rc <= 0)
		return rc;
	if (is_due(&snapshot, when))
		rc = make_model(&making, database, &snapshot, progress);
	if (rc >= 0)
		rc = make_vectors(&making, database, &snapshot, when);
	if (rc == 0 && (making.lsa || making.n_made))
		rc = keep(&making, database, &snapshot.manifest);
	return rc < 0 ? rc : making.lsa != NULL;
}

/* Learning can wait: who asks next finds what is damaged, or is not in anybody's way. */
static bool can_wait(const struct gm_database *database, int rc)
{
	return rc == GM_ENOTFOUND || rc == GM_EMODIFIED || rc == GM_ELOCKED ||
		rc == GM_EACCESS || gm_database_damaged(database) ||
		gm_database_unusable(database);
}

int gm_index_learn(
	struct gm_index *index, enum gm_learn_when when, struct gm_progress *progress)
{
	index->database->failed = 0;
	if (index->has_model || sqlite3_db_readonly(index->database->db, "main"))
		return 0;
	int rc = learn(index, when, progress);

	return rc < 0 && can_wait(index->database, rc) ? 0 : rc;
}

int gm_index_learned(struct gm_learned *out, struct gm_index *index)
{
	gm_cleanup(snapshot_dispose) struct snapshot snapshot = {
		NULL, GM_INDEX_MANIFEST_INIT, GM_BITMAP_INIT};
	int rc = take_snapshot(&snapshot, index, GM_LEARN_DUE);

	if (rc < 0)
		return rc;
	const struct gm_lsa *lsa = snapshot.segments->lsa;
	out->memories = snapshot.segments->n_documents;
	out->learned = lsa ? gm_lsa_learned(lsa) : 0;
	out->dims = lsa ? gm_lsa_dims(lsa) : 0;
	out->is_due = !index->has_model && is_due(&snapshot, GM_LEARN_DUE);
	return 0;
}
