#include "index/superseded.h"

#include "index/checksum.h"
#include "index/schema.h"
#include "index/superseding.h"
#include "objstore/segment_record.h"

void gm_superseded_dispose(struct gm_superseded *superseded)
{
	gm_bitmap_dispose(&superseded->rows);
	superseded->tree = gm_oid_zero;
}

void gm_superseded_change_dispose(struct gm_superseded_change *change)
{
	gm_bitmap_dispose(&change->added);
}

/* Rows are kept as the steps between them: few are superseded. */
static int encode(struct gm_buf *out, const struct gm_bitmap *rows)
{
	int64_t last = 0;
	int rc = 0;

	for (int64_t row = gm_bitmap_next(rows, 0); row >= 0 && rc == 0;
		row = gm_bitmap_next(rows, row + 1)) {
		rc = gm_varint_put(out, (uint64_t)(row - last));
		last = row;
	}
	return rc;
}

static int decode(struct gm_bitmap *out, struct gm_database *database, const uint8_t *at,
	size_t size)
{
	const uint8_t *end = at + size;
	int64_t row = 0;
	int rc = 0;

	while (rc == 0 && at < end) {
		uint64_t step;
		if (!gm_varint_get(&step, &at, end) ||
			step > (uint64_t)(GM_BITMAP_MAX_ROW - row))
			return gm_database_distrust(database, "a view is damaged");
		row += (int64_t)step;
		rc = gm_bitmap_set(out, row);
	}
	return rc;
}

static int64_t checksum(
	const struct gm_superseded *superseded, const void *rows, size_t size)
{
	const struct gm_oid *tree = &superseded->tree;
	const gm_time times[] = {superseded->since, superseded->until};
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, tree->bytes, sizeof(tree->bytes));

	sum = gm_checksum(sum, times, sizeof(times));
	return (int64_t)gm_checksum(sum, rows, size);
}

static int read_kept(struct gm_superseded *out, const struct gm_statement *statement,
	const struct gm_oid *tree)
{
	size_t size;

	out->tree = *tree;
	out->since = gm_column_int(statement, 0);
	out->until = gm_column_int(statement, 1);
	const void *rows = gm_column_blob(&size, statement, 3);
	if (gm_column_int(statement, 2) != checksum(out, rows, size))
		return gm_database_distrust(statement->database, "a view is damaged");
	int rc = size ? decode(&out->rows, statement->database, rows, size) : 0;
	return rc < 0 ? rc : 1;
}

/* What is kept for a tree: 1, or 0 when nothing is. */
static int load(struct gm_superseded *out, struct gm_database *database,
	const struct gm_oid *tree)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT superseded_since, superseded_until, superseded_sum, superseded"
		" FROM view WHERE tree = ?1 AND superseded IS NOT NULL");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	rc = gm_statement_step(statement);
	return rc <= 0 ? rc : read_kept(out, statement, tree);
}

static int store(struct gm_database *database, const struct gm_superseded *superseded)
{
	gm_autostatement *statement = NULL;
	gm_autobuf rows = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = encode(&rows, &superseded->rows);

	if (rc == 0)
		rc = gm_statement_get(&statement, database,
			"UPDATE view SET superseded_since = ?2, superseded_until = ?3,"
			" superseded_sum = ?4, superseded = ?5 WHERE tree = ?1");
	if (rc < 0)
		return rc;
	gm_bind_blob(
		statement, 1, superseded->tree.bytes, sizeof(superseded->tree.bytes));
	gm_bind_int(statement, 2, superseded->since);
	gm_bind_int(statement, 3, superseded->until);
	gm_bind_int(statement, 4, checksum(superseded, rows.ptr, rows.size));
	gm_bind_blob(statement, 5, gm_buf_str(&rows), rows.size);
	return gm_statement_run(statement);
}

/* What gm_superseding_each() adds to. */
struct finding {
	struct gm_bitmap *rows;
	struct gm_database *database;
	const struct gm_index_view *view;
};

static int add_id(const uint8_t *id, void *payload)
{
	const struct finding *finding = payload;
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, finding->database,
		"SELECT row FROM memory INDEXED BY memory_id WHERE id = ?1");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, id, GM_UUID_SIZE);
	return gm_index_view_pick(finding->rows, finding->view, statement);
}

/* Between which times nothing of the view begins to supersede. */
static int find_times(struct gm_superseded *out, struct gm_database *database,
	const struct gm_index_view *view, gm_time now)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT row, valid_from FROM memory WHERE valid_from IS NOT NULL"
		" AND row IN (SELECT row FROM supersedes)");

	out->since = INT64_MIN;
	out->until = INT64_MAX;
	while (rc >= 0 && (rc = gm_statement_step(statement)) > 0) {
		gm_time from = gm_column_int(statement, 1);
		if (!gm_bitmap_test(&view->rows, gm_column_int(statement, 0)))
			continue;
		if (from <= now && from > out->since)
			out->since = from;
		if (from > now && from < out->until)
			out->until = from;
	}
	return rc;
}

static int find(struct gm_superseded *out, struct gm_database *database,
	const struct gm_oid *tree, const struct gm_index_view *view, gm_time now)
{
	gm_cleanup(gm_superseding_free_p) struct gm_superseding *superseding = NULL;
	struct finding finding = {&out->rows, database, view};
	int rc = gm_superseding_load(&superseding, database, view, now);

	out->rows.size = 0;
	if (rc == 0)
		rc = gm_superseding_each(superseding, add_id, &finding);
	if (rc == 0)
		rc = find_times(out, database, view, now);
	if (rc == 0)
		rc = gm_schema_generation(&out->generation, database);
	if (rc == 0)
		out->tree = *tree;
	return rc;
}

int gm_superseded_drop(struct gm_bitmap *rows, struct gm_superseded *fresh,
	struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view *view, gm_time now)
{
	gm_cleanup(gm_superseded_dispose) struct gm_superseded kept = GM_SUPERSEDED_INIT;
	int rc = load(&kept, database, tree);

	if (rc > 0 && kept.since <= now && now < kept.until) {
		gm_bitmap_and_not(rows, &kept.rows);
		return 0;
	}
	if (rc >= 0)
		rc = find(fresh, database, tree, view, now);
	if (rc == 0)
		gm_bitmap_and_not(rows, &fresh->rows);
	return rc;
}

static int keep(const struct gm_superseded *fresh, struct gm_database *database)
{
	int64_t generation;
	int rc = gm_schema_generation(&generation, database);

	return rc < 0 || generation != fresh->generation ? rc : store(database, fresh);
}

void gm_superseded_keep(struct gm_superseded *fresh, struct gm_database *database)
{
	int rc;

	if (gm_oid_is_zero(&fresh->tree))
		return;
	rc = gm_database_begin(database, 0);
	if (rc == 0)
		rc = keep(fresh, database);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0) {
		gm_database_rollback(database);
		database->failed =
			0; /* the answer was given; it costs the next one time */
	}
	gm_superseded_dispose(fresh);
}

/* Whether a row supersedes others, is superseded by any, and is not valid from the start. */
static int look(bool *supersedes_out, bool *named_out, bool *later_out,
	struct gm_database *database, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT EXISTS (SELECT 1 FROM supersedes WHERE row = ?1),"
		" EXISTS (SELECT 1 FROM supersedes AS s WHERE s.id = m.id),"
		" m.valid_from IS NOT NULL FROM memory AS m WHERE m.row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc < 0 ? rc : gm_database_distrust(database, "a row is missing");
	*supersedes_out = gm_column_int(statement, 0);
	*named_out = gm_column_int(statement, 1);
	*later_out = gm_column_int(statement, 2);
	return 0;
}

int gm_superseded_note(struct gm_superseded_change *change, struct gm_database *database,
	int64_t row, bool is_added)
{
	bool supersedes = false, named = false, later = false;

	if (change->unclear)
		return 0;
	int rc = look(&supersedes, &named, &later, database, row);
	if (rc < 0)
		return rc;
	change->unclear = is_added ? named || (supersedes && later) : supersedes;
	if (change->unclear || !supersedes)
		return 0;
	return gm_bitmap_set(&change->added, row);
}

/* Those that a new row names. None supersedes that row, so that it is part of no circle. */
static int add_named(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT m.row FROM supersedes AS s"
		" JOIN memory AS m INDEXED BY memory_id ON m.id = s.id WHERE s.row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	return gm_index_view_pick(rows, view, statement);
}

int gm_superseded_follow(struct gm_database *database, const struct gm_oid *from,
	const struct gm_oid *to, const struct gm_index_view *view,
	const struct gm_superseded_change *change)
{
	gm_cleanup(gm_superseded_dispose) struct gm_superseded kept = GM_SUPERSEDED_INIT;
	int rc = change->unclear ? 0 : load(&kept, database, from);

	if (rc <= 0)
		return rc;
	gm_bitmap_and(&kept.rows, &view->rows);
	for (int64_t row = gm_bitmap_next(&change->added, 0); row >= 0 && rc >= 0;
		row = gm_bitmap_next(&change->added, row + 1))
		rc = add_named(&kept.rows, database, view, row);
	kept.tree = *to;
	return rc < 0 ? rc : store(database, &kept);
}
