#include "index/database.h"

#include <string.h>

#include "base/buf.h"
#include "base/interrupt.h"
#include "index/stem.h"

/* How long a reader waits for another process that holds the file for a moment. */
#define READ_WAIT_MS 2000

/* How long to wait until nobody reads what was deleted any more. */
#define SCRUB_WAIT_MS 5000

/* Pages in the log, about 1.6 MB: half a millisecond for who opens the file. */
#define MAX_LOG_FRAMES 400

/* Virtual machine steps between two looks at whether a signal came. */
#define STEPS_BETWEEN_INTERRUPTS 50000

static enum gm_errcode errcode_of(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_NOMEM:
		return GM_ENOMEM;
	case SQLITE_FULL:
		return GM_ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return GM_ELOCKED;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return GM_EACCESS;
	case SQLITE_TOOBIG:
		return GM_ETOOBIG;
	case SQLITE_INTERRUPT:
		return GM_EINTERRUPTED;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return GM_EMISMATCH;
	default:
		return GM_ERROR;
	}
}

int gm_database_error(struct gm_database *database, int sqlite_code)
{
	const char *text = sqlite3_errstr(sqlite_code);

	if (database->db && sqlite3_extended_errcode(database->db) == sqlite_code)
		text = sqlite3_errmsg(database->db);
	database->failed = sqlite_code & 0xff;
	return gm_error(errcode_of(sqlite_code), "recall index: %s", text);
}

/* Our statements are fixed and right, so an error in one means that the schema is not ours. */
bool gm_database_damaged(const struct gm_database *database)
{
	switch (database->failed) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_INTERNAL:
		return true;
	default:
		return false;
	}
}

int gm_database_distrust(struct gm_database *database, const char *what)
{
	database->failed = SQLITE_CORRUPT;
	return gm_error(GM_EMISMATCH, "recall index: %s", what);
}

bool gm_database_unusable(const struct gm_database *database)
{
	switch (database->failed) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_PROTOCOL:
		return true;
	default:
		return false;
	}
}

static int look_for_signal(void *unused)
{
	(void)unused;
	return gm_interrupted() < 0;
}

/* The file may have been made by an enemy: nothing in its schema is to run. */
static int harden(sqlite3 *db)
{
	static const int limits[][2] = {
		{SQLITE_LIMIT_LENGTH, 512 << 20},
		{SQLITE_LIMIT_SQL_LENGTH, 100000},
		{SQLITE_LIMIT_COLUMN, 64},
		{SQLITE_LIMIT_EXPR_DEPTH, 64},
		{SQLITE_LIMIT_COMPOUND_SELECT, 8},
		{SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 1},
		{SQLITE_LIMIT_WORKER_THREADS, 0},
	};
	static const int settings[][2] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		(void)sqlite3_limit(db, limits[i][0], limits[i][1]);
	for (size_t i = 0; !rc && i < sizeof(settings) / sizeof(*settings); i++)
		rc = sqlite3_db_config(db, settings[i][0], settings[i][1], NULL);
	return rc;
}

static int configure(struct gm_database *database)
{
	int keep = 1;
	int rc = harden(database->db);

	if (rc)
		return gm_database_error(database, rc);
	(void)sqlite3_busy_timeout(database->db, READ_WAIT_MS);
	sqlite3_progress_handler(
		database->db, STEPS_BETWEEN_INTERRUPTS, look_for_signal, NULL);
	/*
	 * The last one to close would remove the log by its name, which may meanwhile be that
	 * of a new index; and it would write what the next writer can write as well.
	 */
	if (!database->in_memory)
		(void)sqlite3_file_control(
			database->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	return gm_database_exec(
		database, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY");
}

static int open_flags(enum gm_database_mode mode)
{
	int flags =
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;

	switch (mode) {
	case GM_DATABASE_WRITE:
		return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW;
	case GM_DATABASE_READ:
		return flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW;
	case GM_DATABASE_IMMUTABLE:
		return flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW |
			SQLITE_OPEN_URI;
	case GM_DATABASE_MEMORY:
	default:
		return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			SQLITE_OPEN_MEMORY;
	}
}

/* "file:PATH?immutable=1", with what a URI would read otherwise escaped. */
static char *immutable_uri(const char *path)
{
	gm_autobuf uri = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = gm_buf_puts(&uri, "file:");

	for (const char *at = path; *at && rc == 0; at++) {
		if (strchr("%?#", *at))
			rc = gm_buf_printf(&uri, "%%%02x", (unsigned)(unsigned char)*at);
		else
			rc = gm_buf_putc(&uri, *at);
	}
	if (rc == 0)
		rc = gm_buf_puts(&uri, "?immutable=1");
	return rc < 0 ? NULL : gm_buf_detach(&uri);
}

int gm_database_open(
	struct gm_database **out, const char *path, enum gm_database_mode mode)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database =
		gm_calloc(1, sizeof(*database));
	gm_autofree char *name = NULL;
	int rc;

	if (!database)
		return GM_ENOMEM;
	database->in_memory = mode == GM_DATABASE_MEMORY;
	if (database->in_memory)
		name = gm_strdup(":memory:");
	else
		name = mode == GM_DATABASE_IMMUTABLE ? immutable_uri(path)
						     : gm_strdup(path);
	if (!name)
		return GM_ENOMEM;
	/* Its count of memory locks at each allocation. Who comes late is refused. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	rc = sqlite3_open_v2(name, &database->db, open_flags(mode), NULL);
	if (rc)
		return gm_database_error(database, rc);
	rc = configure(database);
	if (rc == 0)
		rc = gm_stemmer_new(&database->stemmer);
	if (rc < 0)
		return rc;
	*out = gm_steal(&database);
	return 0;
}

void gm_database_free(struct gm_database *database)
{
	if (!database)
		return;
	for (size_t i = 0; i < database->n_statements; i++)
		(void)sqlite3_finalize(database->statements[i].stmt); /* an old failure */
	(void)sqlite3_close(database->db); /* nothing is open any more */
	gm_stemmer_free(database->stemmer);
	gm_free(database->seen);
	gm_free(database->dir);
	gm_free(database);
}

int gm_database_copy(struct gm_database *to, struct gm_database *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");

	if (!backup)
		return gm_database_error(to, sqlite3_extended_errcode(to->db));
	int rc = sqlite3_backup_step(backup, -1);
	(void)sqlite3_backup_finish(backup); /* the code of the step says it all */
	if (rc == SQLITE_DONE)
		return 0;
	return gm_database_error(to, rc ? rc : SQLITE_ERROR);
}

int gm_database_exec(struct gm_database *database, const char *sql)
{
	int rc = sqlite3_exec(database->db, sql, NULL, NULL, NULL);

	return rc ? gm_database_error(database, rc) : 0;
}

static int note_log(void *payload, sqlite3 *db, const char *name, int frames)
{
	struct gm_database *database = payload;

	(void)db;
	(void)name;
	database->log_frames = frames;
	return SQLITE_OK;
}

/*
 * Only those who write need these. A process that is killed loses nothing by NORMAL; after a
 * power cut the newest views may be missing, which only costs making them again.
 */
static int tune(struct gm_database *database)
{
	if (database->tuned)
		return 0;
	int rc = gm_database_exec(database,
		"PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF;"
		"PRAGMA cache_size=-32000; PRAGMA journal_size_limit=4000000");
	(void)sqlite3_wal_hook(database->db, note_log, database);
	database->tuned = rc == 0;
	return rc;
}

static int run(struct gm_database *database, const char *sql)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	return rc < 0 ? rc : gm_statement_run(statement);
}

int gm_database_begin(struct gm_database *database, int wait_ms)
{
	int rc = tune(database);

	if (rc < 0)
		return rc;
	(void)sqlite3_busy_timeout(database->db, wait_ms);
	rc = run(database, "BEGIN IMMEDIATE");
	(void)sqlite3_busy_timeout(database->db, READ_WAIT_MS);
	return rc;
}

int gm_database_begin_read(struct gm_database *database)
{
	return run(database, "BEGIN");
}

/*
 * Write the log back into the file and cut it, if nobody is in the way. SQLite's own way would
 * never begin the log anew when processes come one at a time, and the first to open the file
 * has to read all of it.
 */
static void fold_log(struct gm_database *database)
{
	(void)sqlite3_busy_timeout(database->db, 0);
	/* When somebody is in the way the next one will do it. */
	(void)sqlite3_wal_checkpoint_v2(
		database->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(database->db, READ_WAIT_MS);
	database->log_frames = 0;
}

int gm_database_commit(struct gm_database *database)
{
	int rc = run(database, "COMMIT");

	if (rc == 0 && database->log_frames > MAX_LOG_FRAMES)
		fold_log(database);
	return rc;
}

int gm_database_cut_log(struct gm_database *database)
{
	/* The pragma would return a row that says so, and no error, when others are in the way. */
	(void)sqlite3_busy_timeout(database->db, SCRUB_WAIT_MS);
	int failed = sqlite3_wal_checkpoint_v2(
		database->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(database->db, READ_WAIT_MS);
	database->log_frames = 0;
	return failed ? gm_database_error(database, failed) : 0;
}

int gm_database_scrub(struct gm_database *database)
{
	int rc = gm_database_exec(database, "PRAGMA wal_checkpoint(PASSIVE)");

	/* It works in a database of its own beside this one. */
	(void)sqlite3_limit(database->db, SQLITE_LIMIT_ATTACHED, 1);
	if (rc == 0)
		rc = gm_database_exec(database, "VACUUM");
	(void)sqlite3_limit(database->db, SQLITE_LIMIT_ATTACHED, 0);
	return rc < 0 ? rc : gm_database_cut_log(database);
}

void gm_database_rollback(struct gm_database *database)
{
	/* It fails only when there is nothing to roll back any more. */
	if (!sqlite3_get_autocommit(database->db))
		(void)sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
}
