#include <string.h>

#include "index/database.h"

int gm_statement_get(
	struct gm_statement **out, struct gm_database *database, const char *sql)
{
	struct gm_statement *statement = database->statements;
	struct gm_statement *end = statement + database->n_statements;

	while (statement < end && statement->sql != sql)
		statement++;
	if (statement == end) {
		if (database->n_statements == GM_DATABASE_STATEMENTS)
			return gm_error(GM_ERROR, "recall index: too many statements");
		statement->database = database;
		statement->sql = sql;
		int rc = sqlite3_prepare_v3(database->db, sql, -1,
			SQLITE_PREPARE_PERSISTENT, &statement->stmt, NULL);
		if (rc)
			return gm_database_error(database, rc);
		database->n_statements++;
	}
	statement->failed = 0;
	*out = statement;
	return 0;
}

void gm_statement_reset(struct gm_statement *statement)
{
	if (!statement)
		return;
	(void)sqlite3_reset(statement->stmt); /* repeats what the step has reported */
	(void)sqlite3_clear_bindings(statement->stmt);
}

static void note_failure(struct gm_statement *statement, int rc)
{
	if (rc && !statement->failed)
		statement->failed = rc;
}

void gm_bind_blob(struct gm_statement *statement, int at, const void *data, size_t size)
{
	note_failure(statement,
		sqlite3_bind_blob64(statement->stmt, at, data, size, SQLITE_STATIC));
}

void gm_bind_text_size(
	struct gm_statement *statement, int at, const char *text, size_t size)
{
	note_failure(statement,
		sqlite3_bind_text64(
			statement->stmt, at, text, size, SQLITE_STATIC, SQLITE_UTF8));
}

void gm_bind_text(struct gm_statement *statement, int at, const char *text)
{
	gm_bind_text_size(statement, at, text, text ? strlen(text) : 0);
}

void gm_bind_int(struct gm_statement *statement, int at, int64_t number)
{
	note_failure(statement, sqlite3_bind_int64(statement->stmt, at, number));
}

int gm_statement_step(struct gm_statement *statement)
{
	int rc = statement->failed;

	if (!rc)
		rc = sqlite3_step(statement->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : gm_database_error(statement->database, rc);
}

int gm_statement_run(struct gm_statement *statement)
{
	int rc;

	do
		rc = gm_statement_step(statement);
	while (rc > 0);
	return rc;
}

int64_t gm_column_int(const struct gm_statement *statement, int at)
{
	return sqlite3_column_int64(statement->stmt, at);
}

const char *gm_column_text(const struct gm_statement *statement, int at)
{
	return (const char *)sqlite3_column_text(statement->stmt, at);
}

const void *gm_column_blob(size_t *size_out, const struct gm_statement *statement, int at)
{
	const void *data = sqlite3_column_blob(statement->stmt, at);

	*size_out = (size_t)sqlite3_column_bytes(statement->stmt, at);
	return data;
}

int gm_database_number(int64_t *out, struct gm_database *database, const char *sql)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	if (rc < 0)
		return rc;
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc < 0 ? rc
			      : gm_database_distrust(database, "a number is missing");
	*out = gm_column_int(statement, 0);
	return 0;
}
