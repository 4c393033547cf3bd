#include "index/digest.h"

#include "index/internal.h"

/* Each field with its size in front, so that no two lists of fields are the same bytes. */
static void add(struct gm_sha256 *sha256, const void *data, uint64_t size)
{
	gm_sha256_update(sha256, &size, sizeof(size));
	gm_sha256_update(sha256, data, size);
}

/* All that a statement returns, numbers and bytes, `n` columns to a row. */
static int add_rows(
	struct gm_sha256 *sha256, struct gm_database *database, const char *sql, int n)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0)
		for (int i = 0; i < n; i++) {
			size_t size;
			const void *data = gm_column_blob(&size, statement, i);

			add(sha256, data ? data : "", data ? size : 0);
		}
	return rc;
}

/* Names of files are random; what counts is what is in them. */
static int add_all(struct gm_sha256 *sha256, struct gm_database *database)
{
	int rc = add_rows(sha256, database,
		"SELECT row, blob, path, id FROM memory ORDER BY row", 4);

	if (rc == 0)
		rc = add_rows(sha256, database,
			"SELECT first, n, a.size, a.sum, b.size, b.sum FROM segment"
			" JOIN file a ON a.name = postings"
			" LEFT JOIN file b ON b.name = vectors ORDER BY first",
			6);
	if (rc == 0)
		rc = add_rows(sha256, database,
			"SELECT row, analysed FROM pending ORDER BY row", 2);
	if (rc == 0)
		rc = add_rows(sha256, database,
			"SELECT size, sum FROM state JOIN file ON name = model", 2);
	return rc;
}

int gm_index_digest(uint8_t out[GM_SHA256_SIZE], struct gm_index *index)
{
	struct gm_sha256 sha256;

	gm_sha256_init(&sha256);
	index->database->failed = 0;
	int rc = gm_database_begin_read(index->database);
	if (rc == 0)
		rc = add_all(&sha256, index->database);
	gm_database_rollback(index->database);
	if (rc == 0)
		gm_sha256_final(out, &sha256);
	return rc;
}
