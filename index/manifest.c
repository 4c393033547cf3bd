#include "index/manifest.h"

#include <string.h>

#include "index/bitmap.h"

void gm_index_manifest_dispose(struct gm_index_manifest *manifest)
{
	gm_free(manifest->items);
	*manifest = (struct gm_index_manifest)GM_INDEX_MANIFEST_INIT;
}

/* A name of ours has no slash and no dot in front, so that it cannot lead out of the folder. */
static bool is_name(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size < GM_SEGMENT_NAME && text[0] != '.' &&
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.") == size;
}

static int take_name(
	char out[GM_SEGMENT_NAME], const struct gm_statement *statement, int at)
{
	const char *text = gm_column_text(statement, at);

	out[0] = '\0';
	if (!text)
		return 0;
	if (!is_name(text))
		return gm_database_distrust(
			statement->database, "the name of a file is damaged");
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

int gm_index_manifest_look(struct gm_index_manifest *out, struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"SELECT generation, manifest, model FROM state WHERE one = 1");

	if (rc < 0)
		return rc;
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc < 0 ? rc
			      : gm_database_distrust(database, "its state is missing");
	out->generation = gm_column_int(statement, 0);
	out->number = gm_column_int(statement, 1);
	return take_name(out->model, statement, 2);
}

int64_t gm_index_manifest_end(const struct gm_index_manifest *manifest)
{
	if (!manifest->n)
		return 1;
	const struct gm_index_segment *last = &manifest->items[manifest->n - 1];
	return last->first + last->n;
}

static int take_segment(
	struct gm_index_manifest *out, const struct gm_statement *statement)
{
	struct gm_index_segment segment = {
		.first = gm_column_int(statement, 0), .n = gm_column_int(statement, 1)};
	int rc = take_name(segment.postings, statement, 2);

	if (rc == 0)
		rc = take_name(segment.vectors, statement, 3);
	if (rc < 0)
		return rc;
	if (segment.first != gm_index_manifest_end(out) || segment.n <= 0 ||
		segment.n > GM_BITMAP_MAX_ROW || segment.first > GM_BITMAP_MAX_ROW ||
		!segment.postings[0])
		return gm_database_distrust(
			statement->database, "segments do not follow one another");
	rc = gm_grow(&out->items, &out->cap, out->n + 1, sizeof(*out->items));
	if (rc == 0)
		out->items[out->n++] = segment;
	return rc;
}

int gm_index_manifest_load(struct gm_index_manifest *out, struct gm_database *database)
{
	gm_autostatement *statement = NULL;
	gm_autoindexmanifest manifest = GM_INDEX_MANIFEST_INIT;
	int rc = gm_index_manifest_look(&manifest, database);

	if (rc == 0)
		rc = gm_statement_get(&statement, database,
			"SELECT first, n, postings, vectors FROM segment ORDER BY first");
	if (rc < 0)
		return rc;
	while ((rc = gm_statement_step(statement)) > 0) {
		rc = take_segment(&manifest, statement);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return rc;
	gm_index_manifest_dispose(out);
	*out = manifest;
	manifest = (struct gm_index_manifest)GM_INDEX_MANIFEST_INIT;
	return 0;
}

static int run_with(struct gm_database *database, const char *sql, const char *name)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, name && *name ? name : NULL);
	return gm_statement_run(statement);
}

static int forget_file(struct gm_database *database, const char *name)
{
	return run_with(database, "DELETE FROM file WHERE name = ?1", name);
}

static int change_number(struct gm_database *database)
{
	return gm_database_exec(database, "UPDATE state SET manifest = manifest + 1");
}

static int was_changed(void)
{
	return gm_error(GM_EMODIFIED, "recall index: its segments changed meanwhile");
}

/* Parameters 1 to 4: first, n, postings, vectors. */
static void bind_segment(
	struct gm_statement *statement, const struct gm_index_segment *segment)
{
	gm_bind_int(statement, 1, segment->first);
	gm_bind_int(statement, 2, segment->n);
	gm_bind_text(statement, 3, segment->postings);
	gm_bind_text(statement, 4, segment->vectors[0] ? segment->vectors : NULL);
}

static int remove_segment(
	struct gm_database *database, const struct gm_index_segment *segment)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"DELETE FROM segment WHERE first = ?1 AND n = ?2 AND postings = ?3"
		" AND vectors IS ?4");

	if (rc < 0)
		return rc;
	bind_segment(statement, segment);
	rc = gm_statement_run(statement);
	if (rc == 0 && sqlite3_changes(database->db) != 1)
		return was_changed();
	if (rc == 0)
		rc = forget_file(database, segment->postings);
	return rc < 0 ? rc : forget_file(database, segment->vectors);
}

static int add_segment(
	struct gm_database *database, const struct gm_index_segment *segment)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"INSERT INTO segment (first, n, postings, vectors) VALUES (?1, ?2, ?3, "
		"?4)");

	if (rc < 0)
		return rc;
	bind_segment(statement, segment);
	return gm_statement_run(statement);
}

int gm_index_manifest_replace(struct gm_database *database,
	const struct gm_index_segment *segments, size_t n,
	const struct gm_index_segment *with)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = remove_segment(database, &segments[i]);
	if (rc == 0)
		rc = add_segment(database, with);
	return rc < 0 ? rc : change_number(database);
}

int gm_index_manifest_set_vectors(struct gm_database *database,
	const struct gm_index_segment *segment, const char *vectors)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database,
		"UPDATE segment SET vectors = ?5 WHERE first = ?1 AND n = ?2"
		" AND postings = ?3 AND vectors IS ?4");

	if (rc < 0)
		return rc;
	bind_segment(statement, segment);
	gm_bind_text(statement, 5, vectors);
	rc = gm_statement_run(statement);
	if (rc == 0 && sqlite3_changes(database->db) != 1)
		return was_changed();
	if (rc == 0)
		rc = forget_file(database, segment->vectors);
	return rc < 0 ? rc : change_number(database);
}

int gm_index_manifest_set_model(struct gm_database *database, const char *model)
{
	int rc = run_with(database,
		"DELETE FROM file WHERE name = (SELECT model FROM state)"
		" AND name IS NOT ?1",
		model);

	if (rc == 0)
		rc = run_with(database, "UPDATE state SET model = ?1", model);
	return rc < 0 ? rc : change_number(database);
}
