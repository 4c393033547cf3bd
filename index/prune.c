#include "index/follow.h"
#include "index/internal.h"
#include "index/schema.h"

/* Views that are kept beside those the caller names. */
#define KEPT_VIEWS ((size_t)64)

/* Rows of no view that are let be, and how long a pruner waits for other writers. */
#define BLOAT_MIN 10000
#define WRITE_WAIT_MS 5000

/* The trees whose views are kept, the most important first. */
struct kept {
	struct gm_oid *trees;
	size_t n;
};

static void kept_dispose(struct kept *kept)
{
	gm_free(kept->trees);
}

static bool is_kept(const struct kept *kept, const struct gm_oid *tree)
{
	for (size_t i = 0; i < kept->n; i++)
		if (gm_oid_equal(&kept->trees[i], tree))
			return true;
	return false;
}

static int find_kept(struct kept *out, struct gm_database *database,
	const struct gm_oid *keep, size_t n)
{
	struct gm_oid latest[KEPT_VIEWS];
	size_t n_latest;
	int rc = gm_index_view_trees(latest, &n_latest, database, KEPT_VIEWS);

	if (rc < 0)
		return rc;
	out->trees = gm_calloc(n + n_latest, sizeof(*out->trees));
	if (!out->trees)
		return GM_ENOMEM;
	for (size_t i = 0; i < n_latest; i++)
		out->trees[out->n++] = latest[i];
	for (size_t i = 0; i < n; i++) {
		gm_autoindexview view = GM_INDEX_VIEW_INIT;
		rc = is_kept(out, &keep[i])
			? 0
			: gm_index_view_load(&view, database, &keep[i]);
		if (rc < 0)
			return rc;
		if (rc > 0)
			out->trees[out->n++] = keep[i];
	}
	return 0;
}

static int drop_other_views(struct gm_database *database, const struct kept *kept)
{
	struct gm_oid trees[512];
	size_t n;
	int rc = gm_index_view_trees(trees, &n, database, sizeof(trees) / sizeof(*trees));

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!is_kept(kept, &trees[i]))
			rc = gm_index_view_drop(database, &trees[i]);
	}
	return rc;
}

/* How many rows there are, and how many of them are of no view. */
static int count_rows(size_t *total_out, size_t *dead_out, struct gm_database *database)
{
	gm_autobitmap alive = GM_BITMAP_INIT;
	int64_t total;
	int rc = gm_database_number(
		&total, database, "SELECT coalesce(max(row), 0) FROM memory");

	if (rc == 0)
		rc = gm_index_view_union(&alive, database);
	if (rc < 0)
		return rc;
	size_t n = gm_bitmap_count(&alive);
	*total_out = total < 0 ? 0 : (size_t)total;
	*dead_out = *total_out > n ? *total_out - n : 0;
	return 0;
}

/*
 * Make the tables anew and the kept views again, the least important first, so that they are
 * as old as before. Rows are numbered afresh, which keeps bitmaps short for ever. A tree that
 * is no longer in the store loses its view.
 */
static int remake_views(struct gm_index *index, const struct kept *kept)
{
	struct gm_database *database = index->database;
	gm_autoindexview view = GM_INDEX_VIEW_INIT;
	struct gm_oid at = gm_oid_zero;
	int rc = gm_schema_remake(database);

	for (size_t i = kept->n; i-- > 0 && rc >= 0;) {
		gm_cleanup(gm_follow_dispose) struct gm_follow follow = {
			.database = database, .store = index->store, .view = &view};

		rc = gm_follow_run(&follow, &at, &kept->trees[i]);
		if (rc == 0 && view.skipped == 0) {
			rc = gm_follow_store(&follow, &at, &kept->trees[i]);
			at = kept->trees[i];
			continue;
		}
		if (rc < 0 &&
			(database->failed || rc == GM_ENOMEM || rc == GM_EINTERRUPTED))
			return rc;
		rc = gm_index_view_load(&view, database, &at);
	}
	return rc < 0 ? rc : 0;
}

static int prune(struct gm_index *index, const struct gm_oid *keep, size_t n)
{
	gm_cleanup(kept_dispose) struct kept kept = {NULL, 0};
	size_t total;
	size_t dead;
	int rc = find_kept(&kept, index->database, keep, n);

	if (rc == 0)
		rc = drop_other_views(index->database, &kept);
	if (rc == 0)
		rc = count_rows(&total, &dead, index->database);
	if (rc == 0 && dead > total / 10)
		rc = remake_views(index, &kept);
	return rc;
}

int gm_index_prune(struct gm_index *index, const struct gm_oid *keep, size_t n)
{
	struct gm_database *database = index->database;
	int rc;

	database->failed = 0;
	rc = gm_database_begin(database, WRITE_WAIT_MS);
	if (rc == 0)
		rc = prune(index, keep, n);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

void gm_index_prune_bloated(struct gm_index *index)
{
	struct gm_database *database = index->database;
	int64_t rows;
	size_t total;
	size_t dead;

	if (database->in_memory ||
		gm_database_number(&rows, database, "SELECT max(row) FROM memory") < 0 ||
		rows - BLOAT_MIN <= (int64_t)index->visible)
		return;
	if (count_rows(&total, &dead, database) == 0 && dead > BLOAT_MIN &&
		dead > total / 2)
		(void)gm_index_prune(
			index, NULL, 0); /* it is only larger than it need be */
}
