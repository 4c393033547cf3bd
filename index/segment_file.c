#include "index/segment_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mapping.h"
#include "base/seam.h"
#include "index/checksum.h"
#include "index/file.h"

#define TEMP_PREFIX "new."

/* A file that is still being made after so long never will be. */
#define TEMP_MAX_AGE_S (24 * 60 * 60)

/* A file that was found to be right, and how it looked then. */
struct gm_segment_seen {
	char name[GM_SEGMENT_NAME];
	int64_t seen;
};

int gm_segment_file_failed(struct gm_database *database, int rc)
{
	if (rc == GM_EMISMATCH)
		database->failed = SQLITE_CORRUPT;
	else if (rc < 0 && rc != GM_ENOMEM && rc != GM_EINTERRUPTED && !database->failed)
		database->failed = SQLITE_IOERR;
	return rc;
}

int gm_segment_file_begin(struct gm_segment_file *out, struct gm_database *database)
{
	out->database = database;
	if (database->in_memory) {
		gm_segment_sink_to_memory(&out->sink);
		return 0;
	}
	int rc = gm_tempfile_open(&out->temp, database->dir, TEMP_PREFIX, 0600);
	if (rc < 0)
		return gm_segment_file_failed(database, rc);
	gm_segment_sink_to_file(&out->sink, out->temp.fd, out->temp.path);
	return 0;
}

void gm_segment_file_dispose(struct gm_segment_file *file)
{
	gm_segment_sink_dispose(&file->sink);
	gm_tempfile_dispose(&file->temp);
}

static int make_name(char out[GM_SEGMENT_NAME], const char *kind)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), 0) < 0)
		return gm_error_errno("cannot get random bytes");
	(void)snprintf(
		out, GM_SEGMENT_NAME, "%016llx.%s", (unsigned long long)number, kind);
	return 0;
}

/* 0 is no start of the machine; without /proc all are one. */
static uint64_t boot_of(struct gm_database *database)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_PATH);

	if (database->boot)
		return database->boot;
	if (gm_file_read(&text, "/proc/sys/kernel/random/boot_id") < 0)
		gm_error_clear(); /* then a restart is not noticed */
	database->boot = gm_checksum(GM_CHECKSUM_INIT, gm_buf_str(&text), text.size) | 1;
	return database->boot;
}

static int64_t look_of(struct gm_database *database, const struct stat *st)
{
	const int64_t parts[] = {(int64_t)st->st_ino, (int64_t)st->st_size,
		st->st_mtim.tv_sec, st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
		st->st_ctim.tv_nsec, (int64_t)boot_of(database)};

	return (int64_t)gm_checksum(GM_CHECKSUM_INIT, parts, sizeof(parts));
}

static int enter(const char *name, struct gm_segment_file *file, int64_t seen)
{
	gm_autostatement *statement = NULL;
	struct gm_segment_sink *sink = &file->sink;
	int rc = gm_statement_get(&statement, file->database,
		"INSERT INTO file (name, size, sum, seen, bytes)"
		" VALUES (?1, ?2, ?3, ?4, ?5)");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, name);
	gm_bind_int(statement, 2, (int64_t)sink->size);
	gm_bind_int(statement, 3, (int64_t)gm_file_sum_get(&sink->sum));
	gm_bind_int(statement, 4, seen);
	if (file->database->in_memory)
		gm_bind_blob(statement, 5, sink->bytes.ptr, sink->bytes.size);
	return gm_statement_run(statement);
}

/* A rename changes ctime, so the file is looked at behind it. */
static int put_in_place(struct stat *out, struct gm_segment_file *file, const char *name)
{
	gm_autofree char *path = gm_path_join(file->database->dir, name);
	int rc = path ? gm_rename(file->temp.path, path) : GM_ENOMEM;

	if (rc < 0)
		return gm_segment_file_failed(file->database, rc);
	rc = fstat(file->temp.fd, out) < 0
		? gm_segment_file_failed(
			  file->database, gm_error_errno("cannot look at '%s'", path))
		: 0;
	gm_tempfile_forget(&file->temp);
	return rc;
}

int gm_segment_file_keep(
	char name_out[GM_SEGMENT_NAME], struct gm_segment_file *file, const char *kind)
{
	struct gm_database *database = file->database;
	char name[GM_SEGMENT_NAME];
	struct stat st = {.st_size = 0};
	int rc = gm_segment_sink_finish(&file->sink, NULL);

	if (rc == 0)
		rc = make_name(name, kind);
	if (rc < 0)
		return gm_segment_file_failed(database, rc);
	if (!database->in_memory)
		rc = put_in_place(&st, file, name);
	if (rc == 0)
		rc = enter(name, file, look_of(database, &st));
	if (rc == 0)
		memcpy(name_out, name, sizeof(name));
	return rc;
}

/* What the manifest says of a file. */
struct entry {
	int64_t size;
	int64_t sum;
	int64_t seen;
};

/* Read the entry, with the bytes when it has them: 1, or 0 without. */
static int read_entry(struct entry *out, struct gm_buf *bytes,
	struct gm_database *database, const char *name)
{
	gm_autostatement *statement = NULL;
	size_t size;
	int rc = gm_statement_get(&statement, database,
		"SELECT size, sum, seen, bytes FROM file WHERE name = ?1");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, name);
	rc = gm_statement_step(statement);
	if (rc <= 0)
		return rc < 0
			? rc
			: gm_database_distrust(database, "a file of it is not entered");
	out->size = gm_column_int(statement, 0);
	out->sum = gm_column_int(statement, 1);
	out->seen = gm_column_int(statement, 2);
	const void *data = gm_column_blob(&size, statement, 3);
	if (!data)
		return 0;
	rc = gm_buf_put(bytes, data, size);
	return rc < 0 ? rc : 1;
}

static int is_wrong(struct gm_database *database, const char *name)
{
	gm_autofree char *what = gm_format("'%s' is damaged", name);

	return what ? gm_database_distrust(database, what) : GM_ENOMEM;
}

static int check_bytes(struct gm_database *database, const char *name,
	const struct entry *entry, const void *data, size_t size)
{
	if ((uint64_t)entry->size != size ||
		(uint64_t)entry->sum != gm_file_sum_of(data, size))
		return is_wrong(database, name);
	return 0;
}

static int check_file(struct gm_database *database, const char *name, const char *path,
	const struct entry *entry)
{
	gm_automapping mapping;
	int rc = gm_mapping_open(&mapping, path);

	if (rc < 0)
		return rc;
	return check_bytes(database, name, entry, mapping.ptr, mapping.size);
}

static int note(struct gm_database *database, const char *name, int64_t seen)
{
	int rc = gm_grow(&database->seen, &database->cap_seen, database->n_seen + 1,
		sizeof(*database->seen));

	if (rc < 0)
		return rc;
	struct gm_segment_seen *last = &database->seen[database->n_seen++];
	(void)snprintf(last->name, sizeof(last->name), "%s", name);
	last->seen = seen;
	return 0;
}

static int find_file(char **path_out, struct gm_database *database, const char *name,
	const struct entry *entry, bool check)
{
	gm_autofree char *path = database->dir ? gm_path_join(database->dir, name) : NULL;
	struct stat st;

	if (!database->dir)
		return gm_database_distrust(database, "a file of it has no folder");
	if (!path)
		return GM_ENOMEM;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? GM_ENOTFOUND
				       : gm_error_errno("cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size != entry->size)
		return is_wrong(database, name);
	int64_t seen = look_of(database, &st);
	if (check || seen != entry->seen) {
		int rc = check_file(database, name, path, entry);
		if (rc == 0 && seen != entry->seen)
			rc = note(database, name, seen);
		if (rc < 0)
			return rc;
	}
	*path_out = gm_steal(&path);
	return 0;
}

static int find(char **path_out, struct gm_buf *bytes, struct gm_database *database,
	const char *name, bool check)
{
	struct entry entry = {0, 0, 0};
	int rc = read_entry(&entry, bytes, database, name);

	*path_out = NULL;
	if (rc < 0)
		return rc;
	if (rc > 0)
		return check_bytes(database, name, &entry, bytes->ptr, bytes->size);
	return find_file(path_out, database, name, &entry, check);
}

int gm_segment_file_find(char **path_out, struct gm_buf *bytes,
	struct gm_database *database, const char *name)
{
	return find(path_out, bytes, database, name, false);
}

int gm_segment_file_check(struct gm_database *database, const char *name)
{
	gm_autofree char *path = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = find(&path, &bytes, database, name, true);

	return rc == GM_ENOTFOUND ? is_wrong(database, name) : rc;
}

static int write_seen(struct gm_database *database)
{
	int rc = 0;

	for (size_t i = 0; i < database->n_seen && rc == 0; i++) {
		gm_autostatement *statement = NULL;

		rc = gm_statement_get(&statement, database,
			"UPDATE file SET seen = ?2 WHERE name = ?1");
		if (rc < 0)
			return rc;
		gm_bind_text(statement, 1, database->seen[i].name);
		gm_bind_int(statement, 2, database->seen[i].seen);
		rc = gm_statement_run(statement);
	}
	return rc;
}

void gm_segment_file_note_seen(struct gm_database *database)
{
	if (!database->n_seen)
		return;
	int rc = gm_database_begin(database, 0);

	if (rc == 0)
		rc = write_seen(database);
	if (rc == 0)
		rc = gm_database_commit(database);
	if (rc < 0)
		gm_database_rollback(database);
	database->n_seen = 0;
	database->failed = 0; /* the next one reads the files again, that is all */
}

static bool ends_in(const char *name, const char *end)
{
	size_t size = strlen(name);

	return size > strlen(end) && strcmp(name + size - strlen(end), end) == 0;
}

bool gm_segment_file_is_one(const char *name)
{
	return strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0 ||
		ends_in(name, ".postings") || ends_in(name, ".vectors") ||
		ends_in(name, ".lsa");
}

static int is_named(struct gm_database *database, const char *name)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(
		&statement, database, "SELECT 1 FROM file WHERE name = ?1");

	if (rc < 0)
		return rc;
	gm_bind_text(statement, 1, name);
	return gm_statement_step(statement);
}

static bool is_old(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && time(NULL) - st.st_mtime > TEMP_MAX_AGE_S;
}

struct sweep {
	struct gm_database *database;
	bool all;
};

static int sweep_one(const char *name, void *payload)
{
	const struct sweep *sweep = payload;

	if (!gm_segment_file_is_one(name))
		return 0;
	gm_autofree char *path = gm_path_join(sweep->database->dir, name);
	if (!path)
		return GM_ENOMEM;
	bool temp = strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0;
	int rc = temp ? !sweep->all && !is_old(path) : is_named(sweep->database, name);
	if (rc == 0)
		(void)gm_sys_unlink(path); /* the next one tries again */
	return rc < 0 ? rc : 0;
}

static int sweep_folder(struct gm_database *database, bool all)
{
	gm_autoclose int lock = -1;
	struct sweep sweep = {database, all};

	if (database->in_memory || !gm_index_file_hold(&lock, database))
		return 0;
	int rc = gm_dir_each(database->dir, sweep_one, &sweep);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED || database->failed)
		return rc;
	return gm_database_exec(database, "UPDATE state SET swept = manifest");
}

int gm_segment_file_sweep(struct gm_database *database)
{
	int64_t is_due;
	int rc = gm_database_number(
		&is_due, database, "SELECT manifest <> swept FROM state");

	return rc == 0 && is_due ? sweep_folder(database, false) : rc;
}

int gm_segment_file_sweep_all(struct gm_database *database)
{
	return sweep_folder(database, true);
}
