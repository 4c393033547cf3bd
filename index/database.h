/*
 * A SQLite database as the index needs it: statements that are prepared once, bindings and
 * steps that end in our errors, transactions. The only place where SQLite's codes are read.
 *
 * A database belongs to one thread.
 */
#ifndef GM_INDEX_DATABASE_H
#define GM_INDEX_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct gm_stemmer;
struct gm_database;

/* One statement; they are kept, so each call site has its own text. */
struct gm_statement {
	struct gm_database *database;
	const char *sql;
	sqlite3_stmt *stmt;
	int failed; /* SQLite's code of a binding that failed, for the next step */
};

#define GM_DATABASE_STATEMENTS 128

struct gm_database {
	sqlite3 *db;
	bool in_memory;
	char *dir;      /* of the files of segments; NULL: they are kept in memory, too */
	bool tuned;     /* the settings for writing were made */
	int log_frames; /* pages in the log after the last commit */
	int failed;     /* SQLite's code of the last failure; 0: none */
	/* What memories and questions are analysed with. */
	struct gm_stemmer *stemmer;
	struct gm_segment_seen
		*seen; /* what the next writer is to note (segment_file.h) */
	size_t n_seen;
	size_t cap_seen;
	uint64_t boot; /* which start of the machine this is; 0: not asked yet */
	unsigned checked_languages; /* whose stems are ours (fingerprint.h) */
	size_t n_statements;
	struct gm_statement statements[GM_DATABASE_STATEMENTS];
};

enum gm_database_mode {
	GM_DATABASE_WRITE,     /* a file that exists */
	GM_DATABASE_READ,      /* the same, never written */
	GM_DATABASE_IMMUTABLE, /* the same, and nobody else writes it either */
	GM_DATABASE_MEMORY,    /* a new one in memory; `path` is not looked at */
};

/*
 * Open a database. Nothing is read yet, so a file that is no database is only found out by
 * the first statement. The path must hold no symbolic link.
 */
int gm_database_open(
	struct gm_database **out, const char *path, enum gm_database_mode mode);
void gm_database_free(struct gm_database *database);
GM_DEFINE_CLEANUP(struct gm_database, gm_database_free)

/* Copy all of `from` over `to`, as of one moment. */
int gm_database_copy(struct gm_database *to, struct gm_database *from);

/* Translate a code of SQLite's into ours and set the message. */
int gm_database_error(struct gm_database *database, int sqlite_code);

/* Whether the last failure says that the file is damaged or is not what we made. */
bool gm_database_damaged(const struct gm_database *database);

/* Report what we found ourselves as such damage. Returns GM_EMISMATCH. */
int gm_database_distrust(struct gm_database *database, const char *what);

/* Whether the last failure says that the file cannot be used or written just now. */
bool gm_database_unusable(const struct gm_database *database);

/* Run statements that return nothing, without keeping them. */
int gm_database_exec(struct gm_database *database, const char *sql);

/*
 * Transactions. A write waits at most `wait_ms` for another process (GM_ELOCKED). Rolling
 * back without a transaction is fine.
 */
int gm_database_begin(struct gm_database *database, int wait_ms);
int gm_database_begin_read(struct gm_database *database);
int gm_database_commit(struct gm_database *database);
void gm_database_rollback(struct gm_database *database);

/* Write the log into the file and empty it. GM_ELOCKED when others are reading for long. */
int gm_database_cut_log(struct gm_database *database);

/*
 * Write the file anew without its free space, and cut the log, so that nothing of what was deleted
 * is left in them. GM_ELOCKED when others are reading or writing for long.
 */
int gm_database_scrub(struct gm_database *database);

/*
 * Get the statement of `sql` (a literal), ready for its bindings. Let it go with
 * gm_statement_reset(), or as gm_autostatement, before the same text is asked for again.
 */
int gm_statement_get(
	struct gm_statement **out, struct gm_database *database, const char *sql);
void gm_statement_reset(struct gm_statement *statement);
GM_DEFINE_CLEANUP(struct gm_statement, gm_statement_reset)
#define gm_autostatement gm_cleanup(gm_statement_reset_p) struct gm_statement

/*
 * Bind parameters, counted from 1. Bytes and texts are lent until the statement is let go; a
 * NULL one is SQL's null. A failure is kept for the next step.
 */
void gm_bind_blob(struct gm_statement *statement, int at, const void *data, size_t size);
void gm_bind_text(struct gm_statement *statement, int at, const char *text);
void gm_bind_text_size(
	struct gm_statement *statement, int at, const char *text, size_t size);
void gm_bind_int(struct gm_statement *statement, int at, int64_t number);

/* 1 with a row, 0 at the end, or an error. */
int gm_statement_step(struct gm_statement *statement);

/* Step to the end, passing over rows. */
int gm_statement_run(struct gm_statement *statement);

/* What a row holds. Lent until the next step; an empty blob or a null is NULL. */
int64_t gm_column_int(const struct gm_statement *statement, int at);
const char *gm_column_text(const struct gm_statement *statement, int at);
const void *gm_column_blob(
	size_t *size_out, const struct gm_statement *statement, int at);

/* Run `sql`, a literal that returns one number. */
int gm_database_number(int64_t *out, struct gm_database *database, const char *sql);

#endif
