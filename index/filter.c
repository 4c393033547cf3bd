#include "index/filter.h"

#include "index/filter_documents.h"

/* Remove the rows that a statement returns. */
static int drop_found(struct gm_bitmap *rows, struct gm_statement *statement)
{
	int rc;

	while ((rc = gm_statement_step(statement)) > 0)
		gm_bitmap_clear(rows, gm_column_int(statement, 0));
	return rc;
}

/* Add the memories of an id. */
static int add_id(
	struct gm_bitmap *rows, struct gm_database *database, const void *id, size_t size)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "SELECT row FROM memory WHERE id = ?1");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, id, size);
	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t row = gm_column_int(statement, 0);
		rc = row < 0 || row > GM_BITMAP_MAX_ROW ? 0 : gm_bitmap_set(rows, row);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* Siblings of the view, and what they are siblings of. */
static int keep_conflicts(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view)
{
	gm_autostatement *statement = NULL;
	gm_autobitmap found = GM_BITMAP_INIT;
	int rc = gm_statement_get(&statement, database,
		"SELECT row, conflicts FROM memory WHERE conflicts IS NOT NULL");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t row = gm_column_int(statement, 0);
		size_t size;
		const void *id = gm_column_blob(&size, statement, 1);

		if (!gm_bitmap_test(&view->rows, row))
			continue;
		rc = gm_bitmap_set(&found, row);
		if (rc == 0)
			rc = add_id(&found, database, id, size);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		gm_bitmap_and(rows, &found);
	return rc;
}

static int drop_outdated(
	struct gm_bitmap *rows, struct gm_database *database, gm_time now)
{
	gm_autostatement *early = NULL;
	gm_autostatement *late = NULL;
	int rc = gm_statement_get(
		&early, database, "SELECT row FROM memory WHERE valid_from > ?1");

	if (rc == 0)
		rc = gm_statement_get(&late, database,
			"SELECT row FROM memory WHERE valid_until <= ?1");
	if (rc < 0)
		return rc;
	gm_bind_int(early, 1, now);
	gm_bind_int(late, 1, now);
	rc = drop_found(rows, early);
	return rc < 0 ? rc : drop_found(rows, late);
}

static bool needs_segments(const struct gm_filter *filter)
{
	return filter->types || filter->agent || filter->session ||
		(filter->tags && filter->tags->n) ||
		(filter->key_prefix && *filter->key_prefix) ||
		filter->since != GM_TIME_NONE || filter->until != GM_TIME_NONE;
}

static int keep_in_segments(
	struct gm_bitmap *rows, struct gm_index *index, const struct gm_filter *filter)
{
	const struct gm_segments *segments;
	int rc = gm_segments_get(&segments, index);

	/* Terms first: they leave few rows whose documents are looked at. */
	if (rc == 0)
		rc = gm_filter_terms(rows, segments, filter);
	return rc < 0 ? rc : gm_filter_documents(rows, index->database, segments, filter);
}

int gm_filter_rows(struct gm_bitmap *out, struct gm_index *index,
	const struct gm_index_view *view, const struct gm_filter *filter)
{
	struct gm_database *database = index->database;
	int rc = gm_bitmap_load(out, view->rows.bytes, view->rows.size);

	if (rc < 0 || !filter)
		return rc;
	if (needs_segments(filter))
		rc = keep_in_segments(out, index, filter);
	if (rc == 0 && filter->conflicts_only)
		rc = keep_conflicts(out, database, view);
	if (rc == 0 && filter->hide_stale)
		rc = drop_outdated(out, database, filter->now);
	if (rc == 0 && filter->hide_stale)
		rc = gm_superseded_drop(out, &index->superseded, database, &index->tree,
			view, filter->now);
	return rc;
}
