#include "index/row.h"

#include <string.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "index/analysed.h"
#include "index/checksum.h"
#include "index/fingerprint.h"
#include "index/label.h"

/* So many rows of a run make it one of many. */
#define BULK_AFTER 1000

/* Part of a SHA-1 of blob and path, so that nobody can make many of them equal. */
static int64_t place_of(const struct gm_oid *blob, const char *path)
{
	uint8_t digest[GM_SHA1_SIZE];
	struct gm_sha1 sha1;
	int64_t place;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, blob->bytes, sizeof(blob->bytes));
	gm_sha1_update(&sha1, path, strlen(path));
	gm_sha1_final(digest, &sha1);
	memcpy(&place, digest, sizeof(place));
	return place;
}

static int64_t checksum(int64_t row, const struct gm_oid *blob, const uint8_t *id,
	gm_time created, const char *path)
{
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, &row, sizeof(row));

	sum = gm_checksum(sum, blob->bytes, sizeof(blob->bytes));
	sum = gm_checksum(sum, id, GM_UUID_SIZE);
	sum = gm_checksum(sum, &created, sizeof(created));
	return (int64_t)gm_checksum(sum, path, strlen(path));
}

int64_t gm_row_tail(uint64_t digits)
{
	return (int64_t)(digits ^ UINT64_C(1) << 63);
}

static int64_t tail_of(const uint8_t id[GM_UUID_SIZE])
{
	uint64_t digits = 0;

	for (size_t i = 0; i < GM_ROW_TAIL_DIGITS / 2; i++) {
		uint8_t byte = id[GM_UUID_SIZE - 1 - i];
		digits = digits << 8 | (uint8_t)(byte << 4 | byte >> 4);
	}
	return gm_row_tail(digits);
}

int gm_row_find(int64_t *out, struct gm_database *database, const struct gm_oid *blob,
	const char *path)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT row FROM memory WHERE place = ?1 AND blob = ?2 AND path = ?3");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, place_of(blob, path));
	gm_bind_blob(statement, 2, blob->bytes, sizeof(blob->bytes));
	gm_bind_text(statement, 3, path);
	rc = gm_statement_step(statement);
	if (rc > 0)
		*out = gm_column_int(statement, 0);
	return rc;
}

static bool parse_id(uint8_t out[GM_UUID_SIZE], const char *text)
{
	return gm_uuid_parse(out, text, strlen(text));
}

static void bind_time(struct gm_statement *statement, int at, gm_time time)
{
	if (time != GM_TIME_NONE)
		gm_bind_int(statement, at, time);
}

static int add_memory(struct gm_database *database, int64_t row,
	const struct gm_record *record, const struct gm_oid *blob, const char *path)
{
	gm_autostatement *statement = NULL;
	uint8_t id[GM_UUID_SIZE];
	uint8_t other[GM_UUID_SIZE];
	int rc = gm_statement_get(&statement, database,
		"INSERT INTO memory (row, place, blob, path, id, tail, created, sum,"
		" valid_from, valid_until, conflicts)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");

	if (rc < 0)
		return rc;
	if (!parse_id(id, record->id))
		return gm_error(GM_EINVALID, "'%s' is no id", record->id);
	gm_bind_int(statement, 1, row);
	gm_bind_int(statement, 2, place_of(blob, path));
	gm_bind_blob(statement, 3, blob->bytes, sizeof(blob->bytes));
	gm_bind_text(statement, 4, path);
	gm_bind_blob(statement, 5, id, sizeof(id));
	gm_bind_int(statement, 6, tail_of(id));
	gm_bind_int(statement, 7, record->created);
	gm_bind_int(statement, 8, checksum(row, blob, id, record->created, path));
	bind_time(statement, 9, record->valid_from);
	bind_time(statement, 10, record->valid_until);
	if (parse_id(other, record->conflicts_with))
		gm_bind_blob(statement, 11, other, sizeof(other));
	return gm_statement_run(statement);
}

static int add_superseded(
	struct gm_database *database, int64_t row, const struct gm_strv *ids)
{
	for (size_t i = 0; i < ids->n; i++) {
		gm_autostatement *statement = NULL;
		uint8_t id[GM_UUID_SIZE];
		int rc = gm_statement_get(&statement, database,
			"INSERT OR IGNORE INTO supersedes (row, id) VALUES (?1, ?2)");

		if (rc < 0)
			return rc;
		if (!parse_id(id, ids->items[i]))
			continue;
		gm_bind_int(statement, 1, row);
		gm_bind_blob(statement, 2, id, sizeof(id));
		rc = gm_statement_run(statement);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* That memories in it are there is written down once for each transaction. */
static int use_language(struct gm_sealing *sealing, enum gm_language language)
{
	int rc = gm_fingerprint_check(sealing->database, language);

	if (rc < 0 || sealing->languages & GM_LANGUAGE_BIT(language))
		return rc;
	rc = gm_fingerprint_use(sealing->database, language);
	if (rc == 0)
		sealing->languages |= GM_LANGUAGE_BIT(language);
	return rc;
}

static int add_analysed(struct gm_sealing *sealing, const struct gm_buf *analysed)
{
	struct gm_document document;
	int rc = gm_analysed_parse(&document, analysed->ptr, analysed->size, NULL, NULL);

	if (rc == 0)
		rc = use_language(sealing, (enum gm_language)document.language);
	return rc < 0 ? rc : gm_sealing_add(sealing, analysed->ptr, analysed->size);
}

/* Add what was analysed meanwhile, until no more than `n` are on their way. */
static int take_analysed(struct gm_sealing *sealing, size_t n)
{
	int rc = 0;

	while (rc == 0 && gm_analysing_waiting(sealing->analysing) > n) {
		const struct gm_buf *analysed;
		rc = gm_analysing_take(&analysed, sealing->analysing);
		if (rc == 0)
			rc = add_analysed(sealing, analysed);
	}
	return rc;
}

/* A thread is worth it when there are many rows and somebody who can run it. */
static void start_analysing(struct gm_sealing *sealing)
{
	if (++sealing->n_analysed == BULK_AFTER && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		(void)gm_analysing_new(&sealing->analysing); /* it is slower without */
}

static int analyse(struct gm_sealing *sealing, struct gm_record *record)
{
	struct gm_database *database = sealing->database;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	uint32_t session = 0;
	uint32_t agent = 0;
	int rc = gm_label_give(&session, database, record->session);

	if (rc == 0)
		rc = gm_label_give(&agent, database, record->agent);
	if (rc < 0)
		return rc;
	if (sealing->analysing) {
		if (gm_analysing_waiting(sealing->analysing) == GM_ANALYSING_MAX)
			rc = take_analysed(sealing, GM_ANALYSING_MAX / 2);
		if (rc == 0)
			gm_analysing_put(sealing->analysing, record, session, agent);
		return rc;
	}
	rc = gm_analysed_make(&analysed, record, session, agent, database->stemmer);
	return rc < 0 ? rc : add_analysed(sealing, &analysed);
}

int gm_row_add(int64_t *out, struct gm_sealing *sealing, struct gm_record *record,
	const struct gm_oid *blob, const char *path)
{
	int64_t row;
	int rc = gm_sealing_next_row(&row, sealing);

	if (rc == 0)
		rc = add_memory(sealing->database, row, record, blob, path);
	if (rc == 0)
		rc = add_superseded(sealing->database, row, &record->supersedes);
	start_analysing(sealing);
	if (rc == 0)
		rc = analyse(sealing, record);
	if (rc == 0)
		*out = row;
	return rc;
}

int gm_row_finish(struct gm_sealing *sealing)
{
	return take_analysed(sealing, 0);
}

static int take_hit(struct gm_hit *out, gm_time *created_out,
	const struct gm_statement *statement, int64_t row)
{
	size_t blob_size;
	size_t id_size;
	const void *blob = gm_column_blob(&blob_size, statement, 0);
	const void *id = gm_column_blob(&id_size, statement, 1);
	const char *path = gm_column_text(statement, 2);
	gm_time created = gm_column_int(statement, 3);
	int64_t sum = gm_column_int(statement, 4);

	if (blob_size != GM_OID_SIZE || id_size != GM_UUID_SIZE || !path)
		return gm_database_distrust(statement->database, "a row is damaged");
	memcpy(out->blob.bytes, blob, blob_size);
	if (sum != checksum(row, &out->blob, id, created, path))
		return gm_database_distrust(statement->database, "a row is damaged");
	gm_uuid_format(out->id, id);
	*created_out = created;
	out->score = 0;
	out->path = gm_strdup(path);
	return out->path ? 0 : GM_ENOMEM;
}

int gm_row_read(struct gm_hit *out, gm_time *created_out, struct gm_database *database,
	int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT blob, id, path, created, sum FROM memory WHERE row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc < 0 ? rc : gm_database_distrust(database, "a row is missing");
	return take_hit(out, created_out, statement, row);
}
