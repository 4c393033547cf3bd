#include "index/label.h"

int gm_label_find(uint32_t *out, struct gm_database *database, const char *text)
{
	gm_autostatement *statement = NULL;

	if (!text || !*text)
		return 0;
	int rc = gm_statement_get(
		&statement, database, "SELECT number FROM label WHERE text = ?1");
	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, text);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	int64_t number = gm_column_int(statement, 0);
	if (number <= 0 || number > UINT32_MAX)
		return gm_database_distrust(database, "a label's number is out of range");
	*out = (uint32_t)number;
	return 1;
}

static int add(uint32_t *out, struct gm_database *database, const char *text)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "INSERT INTO label (text) VALUES (?1)");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, text);
	rc = gm_statement_run(statement);
	if (rc < 0)
		return rc;
	int64_t number = sqlite3_last_insert_rowid(database->db);
	if (number <= 0 || number > UINT32_MAX)
		return gm_database_distrust(database, "a label's number is out of range");
	*out = (uint32_t)number;
	return 0;
}

int gm_label_give(uint32_t *out, struct gm_database *database, const char *text)
{
	if (!text || !*text) {
		*out = 0;
		return 0;
	}
	int rc = gm_label_find(out, database, text);
	if (rc == 0)
		return add(out, database, text);
	return rc < 0 ? rc : 0;
}

int gm_label_text(struct gm_buf *out, struct gm_database *database, uint32_t number)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "SELECT text FROM label WHERE number = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, number);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	const char *text = gm_column_text(statement, 0);
	if (!text)
		return gm_database_distrust(database, "a label is damaged");
	rc = gm_buf_puts(out, text);
	return rc < 0 ? rc : 1;
}
