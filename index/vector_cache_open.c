#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/file.h"
#include "index/vector_cache_internal.h"

/* "gmev", and the version of the tables below: change it with them. */
#define APPLICATION_ID 0x676d6576
#define VERSION 1

#define SUFFIX ".embeddings"

#define WRITE_WAIT_MS 5000

static const char tables[] =
	"CREATE TABLE model (number INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,"
	"  dims INTEGER NOT NULL, generation INTEGER NOT NULL, mark INTEGER NOT NULL,"
	"  away_until INTEGER NOT NULL, why TEXT NOT NULL) STRICT;"
	"CREATE TABLE vector (row INTEGER PRIMARY KEY, blob BLOB NOT NULL,"
	"  model INTEGER NOT NULL, numbers BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX vector_blob ON vector (blob, model);";

/* Make the tables, unless another process was faster. */
static int make_tables(struct gm_database *database)
{
	int64_t version = 0;
	char sql[96];
	int rc = gm_database_exec(database, "PRAGMA journal_mode=WAL");

	if (rc == 0)
		rc = gm_database_begin(database, WRITE_WAIT_MS);
	if (rc == 0)
		rc = gm_database_number(&version, database, "PRAGMA user_version");
	if (rc == 0 && version == VERSION) {
		gm_database_rollback(database);
		return 0;
	}
	(void)snprintf(sql, sizeof(sql),
		"PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION_ID,
		VERSION);
	if (rc == 0)
		rc = gm_database_exec(database, tables);
	if (rc == 0)
		rc = gm_database_exec(database, sql);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	return rc;
}

int gm_vector_cache_verify(struct gm_database *database)
{
	int64_t id = 0;
	int64_t version = 0;
	int rc = gm_database_number(&id, database, "PRAGMA application_id");

	if (rc == 0)
		rc = gm_database_number(&version, database, "PRAGMA user_version");
	if (rc == 0 && !id && !version)
		return make_tables(database);
	if (rc == 0 && (id != APPLICATION_ID || version != VERSION))
		return gm_database_distrust(database, "it is of another version");
	return rc;
}

static void take(struct gm_vector_cache *cache, struct gm_database *database, char *path)
{
	gm_database_free(cache->database);
	gm_free(cache->path);
	cache->database = database;
	cache->path = path;
}

static int open_in_memory(struct gm_vector_cache *cache)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	int rc = gm_database_open(&database, NULL, GM_DATABASE_MEMORY);

	if (rc == 0)
		rc = make_tables(database);
	if (rc < 0)
		return rc;
	take(cache, gm_steal(&database), NULL);
	gm_vector_cache_unread_model(cache);
	return 0;
}

/* Nobody uses a name again, so the file can go while others have it open. */
void gm_vector_cache_remove(const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		gm_autofree char *name = gm_format("%s%s", path, suffixes[i]);
		if (name)
			(void)gm_unlink(name); /* then it is found and removed again */
	}
}

/* 1 when it is good, 0 when it is not to be used, or an error. */
static int try_file(
	struct gm_vector_cache *cache, const char *path, enum gm_database_mode mode)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	gm_autofree char *copy = gm_strdup(path);
	int rc = copy ? gm_database_open(&database, path, mode) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_vector_cache_verify(database);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0) {
		if (database && gm_database_damaged(database))
			gm_vector_cache_remove(path);
		return 0;
	}
	take(cache, gm_steal(&database), gm_steal(&copy));
	return 1;
}

static int note_name(const char *name, void *payload)
{
	size_t size = strlen(name);

	return size > strlen(SUFFIX) && strcmp(name + size - strlen(SUFFIX), SUFFIX) == 0
		? gm_strv_add(payload, name)
		: 0;
}

int gm_vector_cache_files(struct gm_strv *out, const char *dir)
{
	int rc = gm_dir_each(dir, note_name, out);

	gm_strv_make_set(out);
	return rc;
}

/* Of several that were made at once all processes take the same one. */
static int open_existing(struct gm_vector_cache *cache)
{
	gm_autostrv names = GM_STRV_INIT;
	int rc = gm_vector_cache_files(&names, cache->dir);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		gm_autofree char *path = gm_path_join(cache->dir, names.items[i]);
		rc = path ? try_file(cache, path, GM_DATABASE_WRITE) : GM_ENOMEM;
		if (rc == 0 && gm_path_exists(path))
			rc = try_file(cache, path, GM_DATABASE_READ);
	}
	return rc;
}

static int make_file(struct gm_vector_cache *cache)
{
	uint64_t number = 0;
	gm_autofree char *path = NULL;
	gm_autoclose int fd = -1;

	if (getrandom(&number, sizeof(number), 0) < 0)
		return gm_error_errno("cannot get random bytes");
	path = gm_format("%s/%016llx" SUFFIX, cache->dir, (unsigned long long)number);
	if (!path)
		return GM_ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return 0;
	gm_close_p(&fd);
	return try_file(cache, path, GM_DATABASE_WRITE);
}

int gm_vector_cache_open_somehow(struct gm_vector_cache *cache)
{
	int rc = cache->dir ? open_existing(cache) : 0;

	if (rc == 0 && cache->dir)
		rc = make_file(cache);
	return rc == 0 ? open_in_memory(cache) : rc < 0 ? rc : 0;
}

/* What failed is thrown away, and an empty cache takes its place; other errors are passed on. */
int gm_vector_cache_recover(struct gm_vector_cache *cache, int rc)
{
	if (rc >= 0 || !cache->database->failed || rc == GM_ENOMEM)
		return rc;
	if (gm_database_damaged(cache->database)) {
		if (cache->path)
			gm_vector_cache_remove(cache->path);
		gm_vector_cache_unread_model(cache);
		return gm_vector_cache_open_somehow(cache);
	}
	return gm_database_unusable(cache->database) ? open_in_memory(cache) : rc;
}
