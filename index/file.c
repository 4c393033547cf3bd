#include "index/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "index/schema.h"
#include "index/segment_file.h"

/* The place of the index, without symbolic links on the way to it. */
struct place {
	char *dir;
	char *lock;
	char *file;
};

static void place_dispose(struct place *place)
{
	gm_free(place->dir);
	gm_free(place->lock);
	gm_free(place->file);
}

static char *real_path(const char *dir)
{
	char *found = realpath(dir, NULL);
	char *copy = found ? gm_strdup(found) : NULL;

	if (!found)
		(void)gm_error_errno("cannot open folder '%s'", dir);
	free(found);
	return copy;
}

static int find_place(struct place *out, const char *dir)
{
	struct stat st;

	if (lstat(dir, &st) < 0)
		return gm_error_errno("cannot open folder '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return gm_error(GM_EINVALID, "'%s' is no folder", dir);
	out->dir = real_path(dir);
	if (!out->dir)
		return gm_error_last()->code;
	out->lock = gm_path_join(out->dir, "index.lock");
	out->file = gm_path_join(out->dir, "index.db");
	return out->lock && out->file ? 0 : GM_ENOMEM;
}

/*
 * SQLite opens the log by its name, so while one process opens the file no other may put a
 * new one in its place: shared by those who open, exclusive for who replaces.
 */
static int take_lock(int *out, const char *path, int how)
{
	gm_autoclose int fd =
		open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return gm_error_errno("cannot open '%s'", path);
	while (flock(fd, how) < 0) {
		if (errno != EINTR)
			return gm_error_errno("cannot lock '%s'", path);
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
	}
	*out = fd;
	fd = -1;
	return 0;
}

/* Keep what went wrong apart: whether the file is to blame, or just cannot be used now. */
enum verdict {
	FILE_GOOD,
	FILE_MISSING,
	FILE_BAD,
	FILE_UNUSABLE,
};

static bool may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

static int take_dir(struct gm_database *database, const struct place *place)
{
	database->dir = gm_strdup(place->dir);
	return database->dir ? 0 : GM_ENOMEM;
}

/*
 * Open and look at the marks; this also makes SQLite open the log. Returns a verdict with the
 * database in `out` when it is good, or an error that has nothing to do with the file.
 */
static int try_open(
	struct gm_database **out, const struct place *place, enum gm_database_mode mode)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	struct stat st;

	if (lstat(place->file, &st) < 0)
		return errno == ENOENT ? FILE_MISSING : FILE_UNUSABLE;
	if (!S_ISREG(st.st_mode))
		return FILE_BAD;
	int rc = gm_database_open(&database, place->file, mode);
	if (rc == 0)
		rc = take_dir(database, place);
	if (rc == 0)
		rc = gm_schema_verify(database);
	if (rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	if (rc < 0 && database && gm_database_damaged(database))
		return FILE_BAD;
	if (rc < 0)
		return FILE_UNUSABLE;
	if (mode == GM_DATABASE_WRITE && sqlite3_db_readonly(database->db, "main"))
		return may_write(place->file) ? FILE_BAD : FILE_UNUSABLE;
	*out = gm_steal(&database);
	return FILE_GOOD;
}

static int remove_one(const struct place *place, const char *suffix)
{
	gm_autofree char *name = gm_format("%s%s", place->file, suffix);

	return name ? gm_unlink(name) : GM_ENOMEM;
}

static int remove_segment(const char *name, void *payload)
{
	const struct place *place = payload;

	if (!gm_segment_file_is_one(name))
		return 0;
	gm_autofree char *path = gm_path_join(place->dir, name);
	if (!path)
		return GM_ENOMEM;
	(void)gm_sys_unlink(path); /* nobody names it, and writers sweep */
	return 0;
}

/*
 * The file first: killed behind that, we leave a log that belongs to nothing, and who comes next
 * removes it before there is a file again. Without its log, or its segments, a file would look
 * damaged.
 */
static int remove_files(struct place *place)
{
	int rc = remove_one(place, "");

	if (rc == 0)
		rc = remove_one(place, "-shm");
	if (rc == 0)
		rc = remove_one(place, "-wal");
	return rc < 0 ? rc : gm_dir_each(place->dir, remove_segment, place);
}

/* SQLite gives the log and the shared memory the mode of the file. */
static int make_file(struct gm_database **out, const struct place *place)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	gm_autoclose int fd =
		open(place->file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	/* Somebody who does not know of our lock put a file there: memory will do. */
	if (fd < 0 && errno == EEXIST)
		return gm_error(
			GM_EMODIFIED, "'%s' was put there meanwhile", place->file);
	if (fd < 0)
		return gm_error_errno("cannot make '%s'", place->file);
	gm_close_p(&fd);
	int rc = gm_database_open(&database, place->file, GM_DATABASE_WRITE);
	if (rc == 0)
		rc = take_dir(database, place);
	if (rc == 0)
		rc = gm_schema_make(database);
	if (rc < 0)
		return rc;
	*out = gm_steal(&database);
	return 0;
}

/* Make the file anew, unless another process was faster; `always` does not look. */
static int replace(
	struct gm_database **out, bool *rebuilt_out, struct place *place, bool always)
{
	gm_autoclose int lock = -1;
	int rc = take_lock(&lock, place->lock, LOCK_EX);

	if (rc < 0)
		return rc;
	int verdict = always ? FILE_BAD : try_open(out, place, GM_DATABASE_WRITE);
	if (verdict == FILE_GOOD || verdict < 0)
		return verdict;
	rc = remove_files(place);
	if (rc < 0)
		return rc;
	*rebuilt_out = verdict == FILE_BAD;
	return make_file(out, place);
}

static bool has_log(const struct place *place)
{
	gm_autofree char *name = gm_format("%s-wal", place->file);
	struct stat st;

	if (!name)
		return true;
	return lstat(name, &st) == 0 ? st.st_size > 0 : errno != ENOENT;
}

/*
 * Without shared memory beside it, and in a folder where none can be made, SQLite refuses a
 * file with a log. When that log is empty the file is whole in itself.
 */
static int open_to_read(struct gm_database **out, const struct place *place)
{
	int verdict = try_open(out, place, GM_DATABASE_READ);

	if (verdict == FILE_UNUSABLE && !has_log(place))
		verdict = try_open(out, place, GM_DATABASE_IMMUTABLE);
	return verdict;
}

int gm_index_file_memory(struct gm_database **out)
{
	gm_cleanup(gm_database_free_p) struct gm_database *database = NULL;
	int rc = gm_database_open(&database, NULL, GM_DATABASE_MEMORY);

	if (rc == 0)
		rc = gm_schema_make(database);
	if (rc < 0)
		return rc;
	*out = gm_steal(&database);
	return 0;
}

static int open_or_replace(
	struct gm_database **out, bool *rebuilt_out, struct place *place)
{
	gm_autoclose int lock = -1;
	int rc = take_lock(&lock, place->lock, LOCK_SH);
	int verdict = FILE_UNUSABLE;

	if (rc == GM_EINTERRUPTED)
		return rc;
	if (rc == 0)
		verdict = try_open(out, place, GM_DATABASE_WRITE);
	if (verdict == FILE_UNUSABLE)
		verdict = open_to_read(out, place);
	if (verdict == FILE_GOOD || verdict < 0)
		return verdict;
	if (rc < 0)
		return rc;
	gm_close_p(&lock);
	return replace(out, rebuilt_out, place, false);
}

/* What no other way of opening can mend. */
static bool is_final(int rc)
{
	return rc == 0 || rc == GM_ENOMEM || rc == GM_EINTERRUPTED || rc == GM_EINVALID ||
		rc == GM_EEXISTS;
}

static int open_somehow(
	struct gm_database **out, bool *rebuilt_out, const char *dir, bool anew)
{
	gm_cleanup(place_dispose) struct place place = {NULL, NULL, NULL};
	int rc = gm_mkdirs(dir);

	if (rc == 0)
		rc = find_place(&place, dir);
	if (rc == 0 && anew)
		rc = replace(out, rebuilt_out, &place, true);
	else if (rc == 0)
		rc = open_or_replace(out, rebuilt_out, &place);
	return is_final(rc) ? rc : gm_index_file_memory(out);
}

int gm_index_file_open(struct gm_database **out, bool *rebuilt_out, const char *dir)
{
	*rebuilt_out = false;
	return open_somehow(out, rebuilt_out, dir, false);
}

int gm_index_file_remake(struct gm_database **out, const char *dir)
{
	bool rebuilt;

	return open_somehow(out, &rebuilt, dir, true);
}

bool gm_index_file_moved(const struct gm_database *database)
{
	int moved = 0;

	if (database->in_memory ||
		sqlite3_file_control(
			database->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved))
		return false;
	return moved;
}

int gm_index_file_hold(int *lock_out, const struct gm_database *database)
{
	gm_autofree char *path = gm_path_join(database->dir, "index.lock");
	gm_autoclose int lock = -1;
	int rc = path ? take_lock(&lock, path, LOCK_SH | LOCK_NB) : GM_ENOMEM;

	if (rc < 0 || gm_index_file_moved(database))
		return 0;
	*lock_out = lock;
	lock = -1;
	return 1;
}
