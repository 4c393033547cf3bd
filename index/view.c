#include "index/view.h"

#include <string.h>

#include "index/checksum.h"
#include "index/file_sum.h"

/* So many are kept between two calls of gm_index_prune(), which keeps fewer. */
#define MAX_VIEWS 256

/* A view that so many others were used after is moved to the front when it is used. */
#define TOUCH_AFTER 16

void gm_index_view_dispose(struct gm_index_view *view)
{
	gm_bitmap_dispose(&view->rows);
	view->n = view->skipped = 0;
}

static bool is_empty_tree(const struct gm_oid *tree)
{
	return gm_oid_is_zero(tree) || gm_oid_equal(tree, &gm_oid_empty_tree);
}

static int64_t checksum(const struct gm_oid *tree, uint64_t n, uint64_t skipped,
	const void *bits, size_t size)
{
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, tree->bytes, sizeof(tree->bytes));

	sum = gm_checksum(sum, &n, sizeof(n));
	sum = gm_checksum(sum, &skipped, sizeof(skipped));
	return (int64_t)(sum ^ gm_file_sum_of(bits, size));
}

static int read_view(struct gm_index_view *out, const struct gm_statement *statement,
	const struct gm_oid *tree)
{
	size_t size;
	int64_t n = gm_column_int(statement, 0);
	int64_t skipped = gm_column_int(statement, 1);
	int64_t sum = gm_column_int(statement, 2);
	const void *bits = gm_column_blob(&size, statement, 3);

	if (n < 0 || skipped < 0 || size > GM_BITMAP_MAX_ROW / 8 + 1 ||
		sum != checksum(tree, (uint64_t)n, (uint64_t)skipped, bits, size))
		return gm_database_distrust(statement->database, "a view is damaged");
	out->n = (size_t)n;
	out->skipped = (size_t)skipped;
	int rc = gm_bitmap_load(&out->rows, bits, size);
	return rc < 0 ? rc : 1;
}

int gm_index_view_load(struct gm_index_view *out, struct gm_database *database,
	const struct gm_oid *tree)
{
	gm_autostatement *statement = NULL;
	int rc;

	if (is_empty_tree(tree)) {
		out->rows.size = out->n = out->skipped = 0;
		return 1;
	}
	rc = gm_statement_get(&statement, database,
		"SELECT n, skipped, sum, bits FROM view WHERE tree = ?1");
	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	rc = gm_statement_step(statement);
	return rc <= 0 ? rc : read_view(out, statement, tree);
}

int gm_index_view_find(struct gm_index_view_head *out, struct gm_database *database,
	const struct gm_oid *tree)
{
	gm_autostatement *statement = NULL;
	int rc;

	*out = (struct gm_index_view_head){.n = 0};
	if (is_empty_tree(tree))
		return 1;
	rc = gm_statement_get(&statement, database,
		"SELECT n, skipped, (SELECT max(used) FROM view) - used"
		" FROM view WHERE tree = ?1");
	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	out->n = (size_t)gm_column_int(statement, 0);
	out->skipped = (size_t)gm_column_int(statement, 1);
	out->age = gm_column_int(statement, 2);
	return 1;
}

int gm_index_view_drop(struct gm_database *database, const struct gm_oid *tree)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "DELETE FROM view WHERE tree = ?1");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	return gm_statement_run(statement);
}

static int drop_old(struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"DELETE FROM view WHERE used <="
		" (SELECT used FROM view ORDER BY used DESC LIMIT 1 OFFSET ?1)");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, MAX_VIEWS);
	return gm_statement_run(statement);
}

int gm_index_view_store(struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view *view)
{
	gm_autostatement *statement = NULL;
	const struct gm_bitmap *rows = &view->rows;
	int rc;

	if (is_empty_tree(tree))
		return 0;
	rc = gm_statement_get(&statement, database,
		"INSERT OR REPLACE INTO view (tree, used, n, skipped, sum, bits) VALUES"
		" (?1, (SELECT coalesce(max(used), 0) + 1 FROM view), ?2, ?3, ?4, ?5)");
	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	gm_bind_int(statement, 2, (int64_t)view->n);
	gm_bind_int(statement, 3, (int64_t)view->skipped);
	gm_bind_int(statement, 4,
		checksum(tree, view->n, view->skipped, rows->bytes, rows->size));
	gm_bind_blob(
		statement, 5, rows->size ? (const void *)rows->bytes : "", rows->size);
	rc = gm_statement_run(statement);
	return rc < 0 ? rc : drop_old(database);
}

static int move_to_front(struct gm_database *database, const struct gm_oid *tree)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"UPDATE view SET used = (SELECT max(used) + 1 FROM view) WHERE tree = "
		"?1");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, tree->bytes, sizeof(tree->bytes));
	return gm_statement_run(statement);
}

void gm_index_view_touch(struct gm_database *database, const struct gm_oid *tree,
	const struct gm_index_view_head *head)
{
	if (head->age < TOUCH_AFTER)
		return;
	int rc = gm_database_begin(database, 0);
	if (rc == 0)
		rc = move_to_front(database, tree);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc == 0)
		return;
	gm_database_rollback(database);
	database->failed =
		0; /* the view is fine; if the file is not, who needs it will see */
}

static int read_tree(struct gm_oid *out, const struct gm_statement *statement)
{
	size_t size;
	const void *bytes = gm_column_blob(&size, statement, 0);

	if (size != sizeof(out->bytes))
		return gm_database_distrust(
			statement->database, "a tree's id is damaged");
	memcpy(out->bytes, bytes, size);
	return 0;
}

int gm_index_view_latest(struct gm_oid *out, struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT tree FROM view WHERE skipped = 0 ORDER BY used DESC LIMIT 1");

	if (rc < 0)
		return rc;
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	rc = read_tree(out, statement);
	return rc < 0 ? rc : 1;
}

int gm_index_view_trees(
	struct gm_oid *out, size_t *n_out, struct gm_database *database, size_t max)
{
	gm_autostatement *statement = NULL;
	size_t n = 0;
	int rc = gm_statement_get(&statement, database,
		"SELECT tree FROM view ORDER BY used DESC LIMIT ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, (int64_t)max);
	while ((rc = gm_statement_step(statement)) > 0 && n < max) {
		rc = read_tree(&out[n++], statement);
		if (rc < 0)
			return rc;
	}
	*n_out = n;
	return rc < 0 ? rc : 0;
}

int gm_index_view_union(struct gm_bitmap *out, struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, "SELECT bits FROM view");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		gm_autobitmap one = GM_BITMAP_INIT;
		size_t size;
		const void *bits = gm_column_blob(&size, statement, 0);

		if (size > GM_BITMAP_MAX_ROW / 8 + 1)
			return gm_database_distrust(
				statement->database, "a view is damaged");
		rc = gm_bitmap_load(&one, bits, size);
		if (rc == 0)
			rc = gm_bitmap_or(out, &one);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int gm_index_view_pick(struct gm_bitmap *out, const struct gm_index_view *view,
	struct gm_statement *statement)
{
	int rc;

	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t row = gm_column_int(statement, 0);
		rc = gm_bitmap_test(&view->rows, row) ? gm_bitmap_set(out, row) : 0;
		if (rc < 0)
			return rc;
	}
	return rc;
}
