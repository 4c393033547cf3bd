#include "index/sealing.h"

#include "index/checksum.h"
#include "index/segment_file.h"
#include "index/segment_vectors.h"

/*
 * So many rows make a segment: each query builds one of those that are fewer, and has to ask
 * each segment.
 */
#define SEAL_ROWS 32
#define SEAL_SIZE ((int64_t)256 << 10) /* of analysed memories, if they are large */

/* In bulk: a segment is made of so many rows, or so many bytes of them, at most. */
#define BULK_ROWS ((int64_t)1 << 16)
#define BULK_SIZE ((size_t)64 << 20)

void gm_sealing_dispose(struct gm_sealing *sealing)
{
	gm_analysing_free(sealing->analysing);
	gm_buf_dispose(&sealing->bytes);
	gm_free(sealing->sizes);
	gm_posting_builder_free(sealing->builder);
	sealing->analysing = NULL;
	sealing->sizes = NULL;
	sealing->builder = NULL;
}

/* The row behind all that ever were, in tables or segments: they may be forgotten in either. */
static int next_row(int64_t *out, struct gm_database *database)
{
	int rc = gm_database_number(out, database,
		"SELECT 1 + max((SELECT coalesce(max(row), 0) FROM memory),"
		" (SELECT coalesce(max(row), 0) FROM pending),"
		" (SELECT coalesce(max(first + n - 1), 0) FROM segment"
		"  WHERE first = (SELECT max(first) FROM segment)))");

	if (rc == 0 && (*out <= 0 || *out > GM_BITMAP_MAX_ROW))
		rc = gm_database_distrust(database, "a row's number is out of range");
	return rc;
}

int gm_sealing_next_row(int64_t *out, struct gm_sealing *sealing)
{
	int rc = 0;

	if (!sealing->next) {
		rc = next_row(&sealing->next, sealing->database);
		sealing->first = sealing->next;
	}
	if (rc < 0)
		return rc;
	int64_t row = sealing->next + (int64_t)gm_analysing_waiting(sealing->analysing);
	if (row > GM_BITMAP_MAX_ROW)
		return gm_database_distrust(
			sealing->database, "a row's number is out of range");
	*out = row;
	return 0;
}

static int64_t checksum(int64_t row, const void *data, size_t size)
{
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, &row, sizeof(row));

	return (int64_t)gm_checksum(sum, data, size);
}

static int build(struct gm_posting_builder *builder, struct gm_database *database,
	const void *data, size_t size)
{
	return gm_segment_file_failed(
		database, gm_posting_builder_add(builder, data, size));
}

/* Add the row that a statement returned, which must be number `row`. */
static int build_pending(struct gm_posting_builder *builder,
	const struct gm_statement *statement, int64_t row)
{
	size_t size;
	const void *data = gm_column_blob(&size, statement, 2);

	if (gm_column_int(statement, 0) != row ||
		gm_column_int(statement, 1) != checksum(row, data, size))
		return gm_database_distrust(
			statement->database, "a pending row is damaged");
	return build(builder, statement->database, data, size);
}

int gm_sealing_pending(
	struct gm_posting_builder **out, struct gm_database *database, int64_t first)
{
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	gm_autostatement *statement = NULL;
	int64_t row = first;
	int rc = gm_statement_get(&statement, database,
		"SELECT row, sum, analysed FROM pending ORDER BY row");

	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = builder ? 0 : gm_posting_builder_new(&builder, first);
		if (rc == 0)
			rc = build_pending(builder, statement, row++);
		if (rc < 0)
			return rc;
	}
	if (rc == 0)
		*out = gm_steal(&builder);
	return rc;
}

/* Put the builder's rows into a segment. */
static int seal(struct gm_sealing *sealing)
{
	struct gm_database *database = sealing->database;
	gm_autosegmentfile file = GM_SEGMENT_FILE_INIT;
	struct gm_index_segment segment = {
		.first = sealing->first, .n = sealing->next - sealing->first};
	int rc = gm_segment_file_begin(&file, database);

	if (rc == 0)
		rc = gm_segment_file_failed(database,
			gm_posting_builder_finish(sealing->builder, &file.sink));
	if (rc == 0)
		rc = gm_segment_file_keep(segment.postings, &file, "postings");
	if (rc == 0)
		rc = gm_segment_vectors_make(&segment, database);
	if (rc == 0)
		rc = gm_index_manifest_replace(database, NULL, 0, &segment);
	if (rc < 0)
		return rc;
	gm_posting_builder_free(gm_steal(&sealing->builder));
	sealing->first = sealing->next;
	sealing->builder_size = 0;
	return 1;
}

/* Move what was gathered so far into a builder, behind the rows that are pending. */
static int begin_builder(struct gm_sealing *sealing)
{
	struct gm_database *database = sealing->database;
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	size_t at = 0;
	int rc = gm_index_manifest_load(&manifest, database);

	if (rc < 0)
		return rc;
	int64_t first = gm_index_manifest_end(&manifest);
	if (first < sealing->first)
		rc = gm_sealing_pending(&builder, database, first);
	if (rc == 0 && !builder)
		rc = gm_posting_builder_new(&builder, sealing->first);
	if (rc == 0)
		rc = gm_database_exec(database, "DELETE FROM pending");
	for (size_t i = 0; i < sealing->n_sizes && rc == 0; i++) {
		rc = build(builder, database, sealing->bytes.ptr + at, sealing->sizes[i]);
		at += sealing->sizes[i];
	}
	if (rc < 0)
		return rc;
	sealing->builder = gm_steal(&builder);
	sealing->builder_size = at;
	sealing->first = first;
	sealing->n_sizes = 0;
	gm_buf_reset(&sealing->bytes);
	return 0;
}

static int add_to_builder(struct gm_sealing *sealing, const void *data, size_t size)
{
	int rc = build(sealing->builder, sealing->database, data, size);

	if (rc < 0)
		return rc;
	sealing->next++;
	sealing->builder_size += size;
	if (sealing->next - sealing->first < BULK_ROWS &&
		sealing->builder_size < BULK_SIZE)
		return 0;
	rc = seal(sealing);
	return rc < 0 ? rc : 0;
}

int gm_sealing_add(struct gm_sealing *sealing, const void *data, size_t size)
{
	int64_t row;
	int rc = gm_sealing_next_row(&row, sealing);

	if (rc == 0 && !sealing->builder && sealing->n_sizes == SEAL_ROWS)
		rc = begin_builder(sealing);
	if (rc == 0 && sealing->builder)
		return add_to_builder(sealing, data, size);
	if (rc == 0)
		rc = gm_grow(&sealing->sizes, &sealing->cap_sizes, sealing->n_sizes + 1,
			sizeof(*sealing->sizes));
	if (rc == 0)
		rc = gm_buf_put(&sealing->bytes, data, size);
	if (rc < 0)
		return rc;
	sealing->sizes[sealing->n_sizes++] = size;
	sealing->next++;
	return 0;
}

static int insert_pending(
	struct gm_database *database, int64_t row, const char *data, size_t size)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"INSERT INTO pending (row, sum, analysed) VALUES (?1, ?2, ?3)");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	gm_bind_int(statement, 2, checksum(row, data, size));
	gm_bind_blob(statement, 3, size ? data : "", size);
	return gm_statement_run(statement);
}

static int leave_pending(struct gm_sealing *sealing)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; i < sealing->n_sizes && rc == 0; i++) {
		rc = insert_pending(sealing->database, sealing->first + (int64_t)i,
			sealing->bytes.ptr + at, sealing->sizes[i]);
		at += sealing->sizes[i];
	}
	if (rc < 0)
		return rc;
	sealing->first = sealing->next;
	sealing->n_sizes = 0;
	gm_buf_reset(&sealing->bytes);
	return 0;
}

/* Whether the rows that wait, with those gathered, are not worth a segment yet. */
static int are_few(struct gm_sealing *sealing)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, sealing->database,
		"SELECT count(*), sum(length(analysed)) FROM pending");

	if (rc == 0)
		rc = gm_statement_step(statement);
	if (rc < 0)
		return rc;
	return gm_column_int(statement, 0) + (int64_t)sealing->n_sizes < SEAL_ROWS &&
		gm_column_int(statement, 1) + (int64_t)sealing->bytes.size < SEAL_SIZE;
}

int gm_sealing_flush(struct gm_sealing *sealing)
{
	int rc;

	if (sealing->builder)
		return seal(sealing);
	if (!sealing->n_sizes)
		return 0;
	rc = are_few(sealing);
	if (rc > 0)
		return leave_pending(sealing);
	if (rc == 0)
		rc = begin_builder(sealing);
	return rc < 0 ? rc : seal(sealing);
}

int gm_sealing_forget(struct gm_database *database, int64_t row)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"UPDATE pending SET sum = ?2, analysed = x'' WHERE row = ?1");

	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, row);
	gm_bind_int(statement, 2, checksum(row, NULL, 0));
	return gm_statement_run(statement);
}
