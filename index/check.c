#include <stdio.h>

#include "base/interrupt.h"
#include "index/document.h"
#include "index/internal.h"
#include "index/row.h"
#include "index/segment_file.h"
#include "index/segments.h"

/* More views than there ever are. */
#define MAX_TREES 512

static const char subject[] = "recall/index.db";

struct check {
	struct gm_index *index;
	struct gm_database *database;
	gm_store_report_fn report;
	void *payload;
};

static int report(const struct check *check, const char *fault)
{
	return check->report(subject, fault, check->payload);
}

static int check_pages(const struct check *check)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, check->database, "PRAGMA integrity_check");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		const char *line = gm_column_text(statement, 0);
		if (!line || !sqlite3_stricmp(line, "ok"))
			continue;
		rc = report(check, line);
		if (rc)
			return rc;
	}
	return rc;
}

/* The bytes of every file are those that were written, and the manifest names all of them. */
static int check_files(const struct check *check)
{
	gm_autostatement *statement = NULL;
	int64_t n_named;
	int rc = gm_database_number(&n_named, check->database,
		"SELECT count(*) FROM file WHERE name NOT IN ("
		" SELECT postings FROM segment UNION ALL"
		" SELECT vectors FROM segment WHERE vectors IS NOT NULL UNION ALL"
		" SELECT model FROM state WHERE model IS NOT NULL)");

	if (rc == 0 && n_named)
		rc = report(check, "a file belongs to no segment");
	if (rc == 0)
		rc = gm_statement_get(
			&statement, check->database, "SELECT name FROM file");
	if (rc)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		const char *name = gm_column_text(statement, 0);
		rc = gm_segment_file_check(check->database, name ? name : "");
		if (rc == 0)
			rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* Every row is what it was when it was made, and has its words. */
static int check_rows(const struct check *check, const struct gm_segments *segments,
	struct gm_bitmap *rows)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, check->database, "SELECT row, created FROM memory");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t row = gm_column_int(statement, 0);
		const struct gm_document *document = gm_segments_document(segments, row);
		struct gm_hit hit = {.path = NULL};
		gm_time created;

		rc = gm_bitmap_set(rows, row);
		if (rc == 0 && (!document || document->flags & GM_DOCUMENT_NONE))
			rc = report(check, "a memory has no words");
		else if (rc == 0 && document->created != gm_column_int(statement, 1))
			rc = report(check, "a memory has the words of another");
		if (rc == 0)
			rc = gm_row_read(&hit, &created, check->database, row);
		gm_free(hit.path);
		if (rc == 0)
			rc = gm_interrupted();
		if (rc)
			return rc;
	}
	return rc;
}

static int check_view(const struct check *check, const struct gm_oid *tree,
	const struct gm_bitmap *rows)
{
	gm_autoindexview view = GM_INDEX_VIEW_INIT;
	char hex[GM_OID_HEX];
	char fault[128];
	int rc = gm_index_view_load(&view, check->database, tree);

	if (rc <= 0)
		return rc;
	size_t n = gm_bitmap_count(&view.rows);
	gm_bitmap_and_not(&view.rows, rows);
	size_t lost = gm_bitmap_count(&view.rows);
	if (!lost && n == view.n)
		return 0;
	gm_oid_format(hex, tree);
	(void)snprintf(fault, sizeof(fault),
		"the view of tree %s has %zu rows of %zu, %zu of none", hex, n, view.n,
		lost);
	return report(check, fault);
}

static int check_views(const struct check *check, const struct gm_bitmap *rows)
{
	struct gm_oid trees[MAX_TREES];
	size_t n;
	int rc = gm_index_view_trees(trees, &n, check->database, MAX_TREES);

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = check_view(check, &trees[i], rows);
	return rc;
}

static int check_all(const struct check *check)
{
	gm_autobitmap rows = GM_BITMAP_INIT;
	const struct gm_segments *segments;
	int rc = check_pages(check);

	if (rc == 0)
		rc = check_files(check);
	if (rc == 0)
		rc = gm_segments_get(&segments, check->index);
	if (rc == 0)
		rc = check_rows(check, segments, &rows);
	return rc ? rc : check_views(check, &rows);
}

int gm_index_check(struct gm_index *index, gm_store_report_fn report_fn, void *payload)
{
	struct check check = {index, index->database, report_fn, payload};
	int rc;

	index->database->failed = 0;
	rc = gm_database_begin_read(index->database);
	if (rc == 0)
		rc = check_all(&check);
	gm_database_rollback(index->database);
	/* Damage that ends the check is a fault like others. */
	if (rc < 0 && gm_database_damaged(index->database))
		rc = report(&check, gm_error_last()->message);
	return rc;
}
