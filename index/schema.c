#include "index/schema.h"

#include <stdio.h>
#include <sys/random.h>

#include "index/fingerprint.h"

/* "gmem", and the version of the tables below: change it with them. */
#define APPLICATION_ID 0x676d656d
#define VERSION 9

/*
 * A memory at a path. `place` is a hash of blob and path; `id` is the UUID's 16 bytes and `tail`
 * its last digits backwards, so that the end of an id is a range; `sum` covers what an answer is
 * made of (row.c). What filters and ranking want of a memory is in the segments.
 *
 * The manifest (manifest.h) is what `segment` and `state` name; `file` says what stands in each
 * of these files (segment_file.c). Rows that are in no segment yet wait in `pending`.
 *
 * `unscrubbed` is 1 while what was dropped may be left in free space, and in files nobody names.
 *
 * A view is the bitmap of the rows that a root tree holds (view.c), with those of them that are
 * superseded when that was found out (superseded.c).
 */
static const char tables[] =
	"CREATE TABLE state ("
	"  one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL,"
	"  manifest INTEGER NOT NULL DEFAULT 0, swept INTEGER NOT NULL DEFAULT -1,"
	"  unscrubbed INTEGER NOT NULL DEFAULT 0, model TEXT) STRICT;"
	"CREATE TABLE file (name TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL,"
	"  sum INTEGER NOT NULL, seen INTEGER NOT NULL, bytes BLOB) STRICT;"
	"CREATE TABLE segment (first INTEGER PRIMARY KEY, n INTEGER NOT NULL,"
	"  postings TEXT NOT NULL, vectors TEXT) STRICT;"
	"CREATE TABLE pending (row INTEGER PRIMARY KEY, sum INTEGER NOT NULL,"
	"  analysed BLOB NOT NULL) STRICT;"
	"CREATE TABLE memory ("
	"  row INTEGER PRIMARY KEY, place INTEGER NOT NULL, blob BLOB NOT NULL,"
	"  path TEXT NOT NULL, id BLOB NOT NULL, tail INTEGER NOT NULL,"
	"  created INTEGER NOT NULL, sum INTEGER NOT NULL,"
	"  valid_from INTEGER, valid_until INTEGER, conflicts BLOB) STRICT;"
	"CREATE INDEX memory_place ON memory (place);"
	"CREATE INDEX memory_id ON memory (id);"
	"CREATE INDEX memory_tail ON memory (tail);"
	"CREATE INDEX memory_from ON memory (valid_from) WHERE valid_from IS NOT NULL;"
	"CREATE INDEX memory_until ON memory (valid_until) WHERE valid_until IS NOT NULL;"
	"CREATE INDEX memory_conflicts ON memory (conflicts) WHERE conflicts IS NOT NULL;"
	"CREATE TABLE supersedes (row INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY "
	"(row, id))"
	"  STRICT, WITHOUT ROWID;"
	"CREATE INDEX supersedes_id ON supersedes (id);"
	"CREATE TABLE label (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) "
	"STRICT;"
	"CREATE TABLE analysis (language TEXT PRIMARY KEY NOT NULL,"
	"  fingerprint INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0)"
	"  STRICT, WITHOUT ROWID;"
	"CREATE TABLE view (tree BLOB PRIMARY KEY NOT NULL, used INTEGER NOT NULL,"
	"  n INTEGER NOT NULL, skipped INTEGER NOT NULL, sum INTEGER NOT NULL,"
	"  superseded_since INTEGER, superseded_until INTEGER, superseded_sum INTEGER,"
	"  superseded BLOB, bits BLOB NOT NULL) STRICT;"
	"CREATE INDEX view_used ON view (used);";

static const char no_tables[] =
	"DROP TABLE view; DROP TABLE analysis; "
	"DROP TABLE label; DROP TABLE pending; DROP TABLE segment; DROP TABLE file; "
	"DROP TABLE supersedes;"
	"DROP TABLE memory; DROP TABLE state;";

static int fill(struct gm_database *database)
{
	int64_t generation = 0;
	gm_autostatement *statement = NULL;
	int rc;

	if (getrandom(&generation, sizeof(generation), 0) < 0)
		return gm_error_errno("cannot get random bytes");
	rc = gm_database_exec(database, tables);
	if (rc < 0)
		return rc;
	rc = gm_statement_get(&statement, database,
		"INSERT INTO state (one, generation) VALUES (1, ?1)");
	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, generation);
	rc = gm_statement_run(statement);
	return rc < 0 ? rc : gm_fingerprint_note(database);
}

static int mark(struct gm_database *database)
{
	char sql[96];

	(void)snprintf(sql, sizeof(sql),
		"PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
		VERSION);
	return gm_database_exec(database, sql);
}

int gm_schema_make(struct gm_database *database)
{
	int rc = 0;

	/* A power cut may leave less than an index of ours, which is made again then. */
	if (!database->in_memory)
		rc = gm_database_exec(
			database, "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL");
	if (rc < 0)
		return rc;
	rc = gm_database_begin(database, 0);
	if (rc < 0)
		return rc;
	rc = fill(database);
	if (rc == 0)
		rc = mark(database);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

int gm_schema_remake(struct gm_database *database)
{
	int rc = gm_database_exec(database, no_tables);

	if (rc == 0)
		rc = fill(database);
	return rc < 0 ? rc : gm_schema_note_dropped(database);
}

int gm_schema_note_dropped(struct gm_database *database)
{
	return gm_database_exec(database, "UPDATE state SET unscrubbed = 1");
}

int gm_schema_verify(struct gm_database *database)
{
	int64_t id = 0;
	int64_t version = 0;
	int rc = gm_database_number(&id, database, "PRAGMA application_id");

	if (rc == 0)
		rc = gm_database_number(&version, database, "PRAGMA user_version");
	if (rc < 0)
		return rc;
	if (id != APPLICATION_ID || version != VERSION)
		return gm_database_distrust(database, "it is of another version");
	return 0;
}

int gm_schema_generation(int64_t *out, struct gm_database *database)
{
	return gm_database_number(
		out, database, "SELECT generation FROM state WHERE one = 1");
}
