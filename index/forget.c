#include <string.h>

#include "base/interrupt.h"
#include "index/document.h"
#include "index/internal.h"
#include "index/manifest.h"
#include "index/merging.h"
#include "index/posting_segment.h"
#include "index/schema.h"
#include "index/sealing.h"
#include "index/segment_file.h"
#include "index/segments.h"
#include "index/vector_cache.h"

/* How long to wait for other writers. */
#define WRITE_WAIT_MS 5000

/* More views than there ever are. */
#define MAX_TREES 512

static int look_at(struct gm_bitmap *gone, struct gm_index *index,
	const struct gm_statement *statement)
{
	struct gm_oid blob;
	size_t size;
	const void *bytes = gm_column_blob(&size, statement, 1);

	if (size != sizeof(blob.bytes))
		return gm_database_distrust(index->database, "a row is damaged");
	memcpy(blob.bytes, bytes, size);
	int rc = gm_store_exists(index->store, &blob);
	if (rc == 0)
		rc = gm_bitmap_set(gone, gm_column_int(statement, 0));
	return rc < 0 ? rc : gm_interrupted();
}

/* The rows whose blobs the store no longer has. */
static int find_gone(struct gm_bitmap *out, struct gm_index *index)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, index->database, "SELECT row, blob FROM memory");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = look_at(out, index, statement);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static bool has_any(const struct gm_bitmap *rows, const struct gm_bitmap *gone)
{
	size_t size = rows->size < gone->size ? rows->size : gone->size;

	for (size_t i = 0; i < size; i++)
		if (rows->bytes[i] & gone->bytes[i])
			return true;
	return false;
}

/* Nobody can ask for their revisions any more. */
static int drop_views(struct gm_database *database, const struct gm_bitmap *gone)
{
	struct gm_oid trees[MAX_TREES];
	size_t n;
	int rc = gm_index_view_trees(trees, &n, database, MAX_TREES);

	for (size_t i = 0; i < n && rc >= 0; i++) {
		gm_autoindexview view = GM_INDEX_VIEW_INIT;

		rc = gm_index_view_load(&view, database, &trees[i]);
		if (rc > 0 && has_any(&view.rows, gone))
			rc = gm_index_view_drop(database, &trees[i]);
	}
	return rc < 0 ? rc : 0;
}

static int delete_row(struct gm_database *database, const char *sql, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	return gm_statement_run(statement);
}

static int drop_rows(struct gm_database *database, const struct gm_bitmap *gone)
{
	int rc = 0;

	for (int64_t row = gm_bitmap_next(gone, 0); row >= 0 && rc == 0;
		row = gm_bitmap_next(gone, row + 1)) {
		rc = delete_row(database, "DELETE FROM memory WHERE row = ?1", row);
		if (rc == 0)
			rc = delete_row(
				database, "DELETE FROM supersedes WHERE row = ?1", row);
		if (rc == 0)
			rc = gm_sealing_forget(database, row);
	}
	return rc;
}

static int rewrite_segments(struct gm_database *database, const struct gm_bitmap *gone)
{
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_index_manifest_load(&manifest, database);

	for (size_t i = 0; i < manifest.n && rc == 0; i++) {
		const struct gm_index_segment *segment = &manifest.items[i];
		int64_t next = gm_bitmap_next(gone, segment->first);

		if (next >= 0 && next < segment->first + segment->n)
			rc = gm_index_merge_segments(database, &manifest, i, 1, gone);
	}
	return rc;
}

static int find_labels(struct gm_bitmap *out, const struct gm_segments *segments)
{
	int rc = 0;

	for (size_t i = 0; i < segments->n; i++) {
		const struct gm_posting_segment *segment = segments->postings[i];
		const struct gm_document *documents =
			gm_posting_segment_documents(segment);
		size_t n = gm_posting_segment_rows(segment);

		for (size_t at = 0; at < n && rc == 0; at++) {
			rc = gm_bitmap_set(out, documents[at].session);
			if (rc == 0)
				rc = gm_bitmap_set(out, documents[at].agent);
		}
	}
	return rc;
}

/* Names of agents and sessions that no memory has any more. */
static int drop_labels(struct gm_index *index)
{
	const struct gm_segments *segments;
	gm_autobitmap used = GM_BITMAP_INIT;
	int64_t max;
	int rc = gm_segments_get(&segments, index);

	if (rc == 0)
		rc = find_labels(&used, segments);
	if (rc == 0)
		rc = gm_database_number(&max, index->database,
			"SELECT coalesce(max(number), 0) FROM label");
	for (int64_t i = 1; rc == 0 && i <= max; i++)
		if (!gm_bitmap_test(&used, i))
			rc = delete_row(index->database,
				"DELETE FROM label WHERE number = ?1", i);
	return rc;
}

/* What was learnt from them may hold their words; all vectors go with it. */
static int drop_learnt(struct gm_database *database)
{
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_index_manifest_load(&manifest, database);

	for (size_t i = 0; i < manifest.n && rc == 0 && manifest.model[0]; i++)
		if (manifest.items[i].vectors[0])
			rc = gm_index_manifest_set_vectors(
				database, &manifest.items[i], NULL);
	/* In any case, as this makes it another manifest. */
	if (rc == 0)
		rc = gm_index_manifest_set_model(database, NULL);
	/* Who is learning from them just now must not put it in place. */
	return rc < 0
		? rc
		: gm_database_exec(database, "UPDATE state SET generation = random()");
}

static int forget(struct gm_index *index, const struct gm_bitmap *gone)
{
	struct gm_database *database = index->database;
	int rc = gm_schema_note_dropped(database);

	if (rc == 0)
		rc = drop_views(database, gone);
	if (rc == 0)
		rc = drop_rows(database, gone);
	if (rc == 0)
		rc = drop_learnt(database);
	if (rc == 0)
		rc = rewrite_segments(database, gone);
	return rc < 0 ? rc : drop_labels(index);
}

static int forget_all(size_t *n_out, struct gm_index *index)
{
	gm_autobitmap gone = GM_BITMAP_INIT;
	struct gm_database *database = index->database;
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = find_gone(&gone, index);
	*n_out = gm_bitmap_count(&gone);
	if (rc == 0 && *n_out)
		rc = forget(index, &gone);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	/* Should the transaction have failed, what it made must not be met again. */
	gm_segments_kept_free(gm_steal(&index->segments));
	return rc;
}

static int sweep(struct gm_database *database)
{
	int rc = gm_database_begin(database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = gm_segment_file_sweep_all(database);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

/* Unless somebody dropped more meanwhile, which changes the generation. */
static int note_scrubbed(struct gm_database *database, int64_t generation)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"UPDATE state SET unscrubbed = 0 WHERE generation = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, generation);
	return gm_statement_run(statement);
}

/*
 * Take what was dropped from the folder and the database's free space. It may have been dropped
 * by an earlier call that did not come so far, or by pruning.
 */
static int scrub(struct gm_database *database)
{
	int64_t is_due;
	int64_t generation;
	int rc = gm_database_number(&is_due, database, "SELECT unscrubbed FROM state");

	if (rc < 0 || !is_due)
		return rc;
	rc = gm_schema_generation(&generation, database);
	if (rc == 0)
		rc = sweep(database);
	if (rc == 0)
		rc = gm_database_scrub(database);
	return rc < 0 ? rc : note_scrubbed(database, generation);
}

int gm_index_forget(struct gm_index *index, size_t *n_out)
{
	size_t n = 0;
	int rc;

	if (index->database->in_memory)
		return gm_error(
			GM_EACCESS, "cannot write the recall index in '%s'", index->dir);
	index->database->failed = 0;
	rc = forget_all(&n, index);
	if (rc == 0)
		rc = scrub(index->database);
	if (rc < 0 && gm_database_damaged(index->database))
		rc = gm_index_reset(index); /* forgets everything */
	if (rc == 0)
		rc = gm_vector_cache_forget(index->dir, index->store);
	if (rc == 0)
		*n_out = n;
	return rc;
}
