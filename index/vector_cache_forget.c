#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "index/bitmap.h"
#include "index/vector_cache_internal.h"

#define WRITE_WAIT_MS 5000

static int look_at(struct gm_bitmap *gone, struct gm_store *store,
	const struct gm_statement *statement)
{
	struct gm_oid blob;
	size_t size;
	const void *bytes = gm_column_blob(&size, statement, 1);
	int rc = 0;

	if (size == sizeof(blob.bytes)) {
		memcpy(blob.bytes, bytes, size);
		rc = gm_store_exists(store, &blob);
	}
	if (rc == 0)
		rc = gm_bitmap_set(gone, gm_column_int(statement, 0));
	return rc < 0 ? rc : gm_interrupted();
}

/* The rows of blobs that the store no longer has. */
static int find_gone(
	struct gm_bitmap *out, struct gm_database *database, struct gm_store *store)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, "SELECT row, blob FROM vector");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = look_at(out, store, statement);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int drop_row(struct gm_database *database, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "DELETE FROM vector WHERE row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	return gm_statement_run(statement);
}

static int drop_gone(struct gm_database *database, struct gm_store *store)
{
	gm_autobitmap gone = GM_BITMAP_INIT;
	int rc = find_gone(&gone, database, store);

	for (int64_t row = gm_bitmap_next(&gone, 0); row >= 0 && rc == 0;
		row = gm_bitmap_next(&gone, row + 1))
		rc = drop_row(database, row);
	return rc;
}

/* What is deleted is overwritten, and the log, which has older pages, is cut. */
static int forget(struct gm_database *database, struct gm_store *store)
{
	int rc = gm_vector_cache_verify(database);

	if (rc == 0)
		rc = gm_database_begin(database, WRITE_WAIT_MS);
	if (rc == 0)
		rc = gm_database_exec(database, "PRAGMA secure_delete=ON");
	if (rc == 0)
		rc = drop_gone(database, store);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc < 0 ? rc : gm_database_cut_log(database);
}

static int forget_in(const char *path, struct gm_store *store)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	int rc = gm_database_open(&database, path, GM_DATABASE_WRITE);

	if (rc == 0)
		rc = forget(database, store);
	if (rc < 0 && database && gm_database_damaged(database)) {
		gm_vector_cache_remove(path);
		return 0;
	}
	return rc;
}

int gm_vector_cache_forget(const char *dir, struct gm_store *store)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_vector_cache_files(&names, dir);

	for (size_t i = 0; i < names.n && rc == 0; i++) {
		gm_autofree char *path = gm_path_join(dir, names.items[i]);
		rc = path ? forget_in(path, store) : GM_ENOMEM;
	}
	return rc;
}
