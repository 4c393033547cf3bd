#include "index/vector_cache.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "index/checksum.h"
#include "index/embedding.h"
#include "index/vector_cache_internal.h"

#define WRITE_WAIT_MS 5000

/* A vector is made to have length 1; its numbers are kept in so many steps. */
#define STEPS 32767.0F

void gm_vector_cache_free(struct gm_vector_cache *cache)
{
	if (!cache)
		return;
	gm_database_free(cache->database);
	gm_free(cache->dir);
	gm_free(cache->path);
	gm_free(cache);
}

size_t gm_vector_cache_dims(const struct gm_vector_cache *cache)
{
	return cache->dims;
}

int gm_vector_cache_read_model(struct gm_vector_cache *cache)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, cache->database,
		"SELECT number, dims, generation, mark, away_until, why FROM model"
		" WHERE name = ?1");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, cache->model, sizeof(cache->model));
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc;
	int64_t dims = gm_column_int(statement, 1);
	const char *why = gm_column_text(statement, 5);
	if (dims < 0 || dims > GM_EMBEDDING_MAX_DIMS)
		return gm_database_distrust(cache->database, "a model is damaged");
	cache->number = gm_column_int(statement, 0);
	cache->dims = (size_t)dims;
	cache->generation = gm_column_int(statement, 2);
	cache->mark = gm_column_int(statement, 3);
	cache->away_until = gm_column_int(statement, 4);
	(void)snprintf(cache->why, sizeof(cache->why), "%s", why ? why : "");
	return 0;
}

void gm_vector_cache_unread_model(struct gm_vector_cache *cache)
{
	cache->number = 0;
	cache->dims = 0;
	cache->generation = cache->mark = cache->away_until = 0;
}

int gm_vector_cache_open(struct gm_vector_cache **out, const char *dir,
	const uint8_t model[GM_EMBEDDING_MODEL_SIZE])
{
	gm_cleanup(gm_vector_cache_free_p) struct gm_vector_cache *cache =
		gm_calloc(1, sizeof(*cache));

	if (!cache)
		return GM_ENOMEM;
	memcpy(cache->model, model, sizeof(cache->model));
	cache->dir = dir ? gm_strdup(dir) : NULL;
	if (dir && !cache->dir)
		return GM_ENOMEM;
	int rc = gm_vector_cache_open_somehow(cache);
	if (rc == 0)
		rc = gm_vector_cache_recover(cache, gm_vector_cache_read_model(cache));
	if (rc < 0)
		return rc;
	*out = gm_steal(&cache);
	return 0;
}

static int64_t checksum(const struct gm_oid *blob, const void *numbers, size_t size)
{
	uint64_t sum = gm_checksum(GM_CHECKSUM_INIT, blob->bytes, sizeof(blob->bytes));

	return (int64_t)gm_checksum(sum, numbers, size);
}

/* Nothing stands for no vector. */
static int decode(float *out, struct gm_vector_cache *cache, const struct gm_oid *blob,
	const struct gm_statement *statement)
{
	size_t size;
	const void *data = gm_column_blob(&size, statement, 0);
	int16_t number;

	if ((size && size != cache->dims * sizeof(number)) ||
		checksum(blob, data, size) != gm_column_int(statement, 1))
		return gm_database_distrust(cache->database, "a vector is damaged");
	if (!size)
		return GM_VECTOR_CACHE_NONE;
	for (size_t i = 0; out && i < cache->dims; i++) {
		memcpy(&number, (const char *)data + i * sizeof(number), sizeof(number));
		out[i] = (float)number / STEPS;
	}
	return 1;
}

static int get(float *out, struct gm_vector_cache *cache, const struct gm_oid *blob)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, cache->database,
		"SELECT numbers, sum FROM vector WHERE blob = ?1 AND model = ?2");

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, blob->bytes, sizeof(blob->bytes));
	gm_bind_int(statement, 2, cache->number);
	rc = gm_statement_step(statement);
	return rc <= 0 ? rc : decode(out, cache, blob, statement);
}

int gm_vector_cache_get(
	float *out, struct gm_vector_cache *cache, const struct gm_oid *blob)
{
	if (!cache->number)
		return 0;
	cache->database->failed = 0;
	return gm_vector_cache_recover(cache, get(out, cache, blob));
}

/* The model is entered with the first thing that is to be known of it. */
static int enter_model(struct gm_vector_cache *cache)
{
	gm_autostatement *statement = NULL;
	int rc;

	/* Somebody else may have entered it, or thrown it away. */
	gm_vector_cache_unread_model(cache);
	rc = gm_vector_cache_read_model(cache);
	if (rc < 0 || cache->number)
		return rc;
	rc = gm_statement_get(&statement, cache->database,
		"INSERT INTO model (name, dims, generation, mark, away_until, why)"
		" VALUES (?1, 0, 0, 0, 0, '')");
	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, cache->model, sizeof(cache->model));
	rc = gm_statement_run(statement);
	cache->number = sqlite3_last_insert_rowid(cache->database->db);
	return rc;
}

/* The numbers of a vector, in `size_out` bytes; 0 of them when it has no direction. */
static void encode(int16_t *out, size_t *size_out, const float *v, size_t dims)
{
	double sum = 0;

	*size_out = 0;
	for (size_t i = 0; i < dims; i++)
		sum += (double)v[i] * (double)v[i];
	if (!isfinite(sum) || sum <= 0)
		return;
	float factor = (float)(1 / sqrt(sum));
	for (size_t i = 0; i < dims; i++) {
		float number = v[i] * factor * STEPS;
		out[i] = (int16_t)lrintf(fminf(fmaxf(number, -STEPS), STEPS));
	}
	*size_out = dims * sizeof(*out);
}

static int put_one(struct gm_vector_cache *cache, const struct gm_oid *blob,
	const float *v, size_t dims)
{
	int16_t numbers[GM_EMBEDDING_MAX_DIMS];
	gm_autostatement *statement = NULL;
	size_t size;
	int rc = gm_statement_get(&statement, cache->database,
		"INSERT OR REPLACE INTO vector (blob, model, numbers, sum)"
		" VALUES (?1, ?2, ?3, ?4)");

	if (rc < 0)
		return rc;
	encode(numbers, &size, v, dims);
	gm_bind_blob(statement, 1, blob->bytes, sizeof(blob->bytes));
	gm_bind_int(statement, 2, cache->number);
	/* SQLite takes a NULL for SQL's null, also of no bytes. */
	gm_bind_blob(statement, 3, numbers, size);
	gm_bind_int(statement, 4, checksum(blob, numbers, size));
	return gm_statement_run(statement);
}

static int set_dims(struct gm_vector_cache *cache, size_t dims)
{
	gm_autostatement *statement = NULL;

	if (cache->dims == dims)
		return 0;
	if (cache->dims)
		return gm_error(GM_EMODIFIED,
			"there are vectors of %zu numbers already, not %zu", cache->dims,
			dims);
	int rc = gm_statement_get(&statement, cache->database,
		"UPDATE model SET dims = ?2 WHERE number = ?1");
	if (rc < 0)
		return rc;
	gm_bind_int(statement, 1, cache->number);
	gm_bind_int(statement, 2, (int64_t)dims);
	rc = gm_statement_run(statement);
	if (rc == 0)
		cache->dims = dims;
	return rc;
}

static int put_all(struct gm_vector_cache *cache, const struct gm_oid *blobs,
	const float *vectors, size_t n, size_t dims)
{
	int rc = gm_database_begin(cache->database, WRITE_WAIT_MS);

	if (rc == 0)
		rc = enter_model(cache);
	if (rc == 0)
		rc = set_dims(cache, dims);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = put_one(cache, &blobs[i], vectors + i * dims, dims);
	if (rc == 0)
		rc = gm_database_commit(cache->database);
	if (rc < 0)
		gm_database_rollback(cache->database);
	return rc;
}

int gm_vector_cache_put(struct gm_vector_cache *cache, const struct gm_oid *blobs,
	const float *vectors, size_t n, size_t dims)
{
	cache->database->failed = 0;
	if (!dims || dims > GM_EMBEDDING_MAX_DIMS)
		return gm_error(
			GM_EINVALID, "vectors of %zu numbers cannot be kept", dims);
	int rc = put_all(cache, blobs, vectors, n, dims);
	if (rc >= 0 || !cache->database->failed)
		return rc;
	rc = gm_vector_cache_recover(cache, rc);
	return rc < 0 ? rc : put_all(cache, blobs, vectors, n, dims);
}

/* Begin a change of what is known of the model. */
static int begin_change(
	struct gm_statement **out, struct gm_vector_cache *cache, const char *sql)
{
	cache->database->failed = 0;
	int rc = gm_database_begin(cache->database, WRITE_WAIT_MS);
	if (rc == 0)
		rc = enter_model(cache);
	if (rc == 0)
		rc = gm_statement_get(out, cache->database, sql);
	if (rc == 0)
		gm_bind_int(*out, 1, cache->number);
	return rc;
}

static int end_change(
	struct gm_statement *statement, struct gm_vector_cache *cache, int rc)
{
	if (rc == 0)
		rc = gm_statement_run(statement);
	gm_statement_reset(statement);
	if (rc == 0)
		rc = gm_database_commit(cache->database);
	if (rc < 0)
		gm_database_rollback(cache->database);
	return gm_vector_cache_recover(cache, rc);
}

int64_t gm_vector_cache_mark(const struct gm_vector_cache *cache, int64_t generation)
{
	return cache->generation == generation ? cache->mark : 0;
}

int gm_vector_cache_set_mark(
	struct gm_vector_cache *cache, int64_t generation, int64_t row)
{
	struct gm_statement *statement = NULL;
	int rc = begin_change(&statement, cache,
		"UPDATE model SET generation = ?2, mark = ?3 WHERE number = ?1");

	if (rc == 0) {
		gm_bind_int(statement, 2, generation);
		gm_bind_int(statement, 3, row);
	}
	rc = end_change(statement, cache, rc);
	if (rc == 0) {
		cache->generation = generation;
		cache->mark = row;
	}
	return rc;
}

bool gm_vector_cache_away(char why[512], const struct gm_vector_cache *cache, int64_t now)
{
	/* A clock that was set back must not keep us waiting for years. */
	if (now >= cache->away_until || cache->away_until - now > INT64_C(3600000000))
		return false;
	memcpy(why, cache->why, sizeof(cache->why));
	return true;
}

int gm_vector_cache_set_away(
	struct gm_vector_cache *cache, int64_t until, const char *why)
{
	struct gm_statement *statement = NULL;
	int64_t value = *why ? until : 0;

	if (value == cache->away_until)
		return 0;
	int rc = begin_change(&statement, cache,
		"UPDATE model SET away_until = ?2, why = ?3 WHERE number = ?1");
	if (rc == 0) {
		gm_bind_int(statement, 2, value);
		gm_bind_text(statement, 3, why);
	}
	rc = end_change(statement, cache, rc);
	if (rc == 0) {
		cache->away_until = value;
		(void)snprintf(cache->why, sizeof(cache->why), "%s", why);
	}
	return rc;
}

static int drop_others(struct gm_vector_cache *cache, const char *sql)
{
	struct gm_statement *statement = NULL;
	int rc = begin_change(&statement, cache, sql);

	/* Who is to forget a memory will only find the vectors that are left. */
	if (rc == 0)
		rc = gm_database_exec(cache->database, "PRAGMA secure_delete=ON");
	return end_change(statement, cache, rc);
}

int gm_vector_cache_keep_only(struct gm_vector_cache *cache)
{
	int64_t n = 0;

	cache->database->failed = 0;
	int rc = gm_vector_cache_recover(cache,
		gm_database_number(&n, cache->database, "SELECT count(*) FROM model"));
	if (rc < 0 || n < 2)
		return rc;
	rc = drop_others(cache, "DELETE FROM vector WHERE model <> ?1");
	return rc < 0 ? rc : drop_others(cache, "DELETE FROM model WHERE number <> ?1");
}
