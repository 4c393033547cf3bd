/*
 * Files: bounded reading, atomic and durable writing, folders.
 *
 * Every descriptor is close-on-exec, every write and flush passes the fault seam.
 */
#ifndef GM_BASE_FILE_H
#define GM_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

/* `a/b`; NULL when out of memory. gm_free. */
char *gm_path_join(const char *a, const char *b);

/* The folder that holds `path`, "." when it names none; NULL when out of memory. gm_free. */
char *gm_path_dir(const char *path);

/*
 * Read a whole regular file behind the contents of `out`; anything else is an error, a pipe in
 * its place does not block us.
 * Returns GM_ENOTFOUND, GM_EACCESS, or GM_ETOOBIG when it does not fit the ceiling of `out`.
 */
int gm_file_read(struct gm_buf *out, const char *path);

/*
 * The same for what the user names, which may as well be a pipe or a device. Waits for it;
 * GM_EINTERRUPTED when a signal came meanwhile.
 */
int gm_file_read_any(struct gm_buf *out, const char *path);

/* Read until the end of the file; `name` is for messages. Stops early when interrupted. */
int gm_file_read_fd(struct gm_buf *out, int fd, const char *name);

/* Write all of it; `name` is for messages. */
int gm_write_all(int fd, const void *data, size_t size, const char *name);

/* Flush to the device. */
int gm_fsync(int fd, const char *name);
int gm_fsync_dir(const char *path);

/* rename(2) through the fault seam. Neither side is flushed. */
int gm_rename(const char *from, const char *to);

/*
 * Replace `path` by `data`: temporary file beside it, flush, rename, flush of the folder.
 * Either the old or the new contents stand there, whatever happens. Mode 0666 less the umask.
 */
int gm_file_write(const char *path, const void *data, size_t size);

/* Make `path` and what is missing above it, each flushed in its parent. Fine when it exists. */
int gm_mkdirs(const char *path);

/* Make the folder that is to hold `path`. */
int gm_mkdirs_for(const char *path);

bool gm_path_exists(const char *path);
bool gm_is_dir(const char *path);

/*
 * Call `each` with the name of everything in a folder but "." and "..", in no order. A non-zero
 * return ends it and is returned. A folder that does not exist has nothing in it; what is no
 * folder at all, or one that cannot be read to its end, is an error.
 */
typedef int (*gm_dir_each_fn)(const char *name, void *payload);
int gm_dir_each(const char *path, gm_dir_each_fn each, void *payload);

/* Remove a file; fine when it does not exist. */
int gm_unlink(const char *path);

/*
 * A temporary file that goes away unless it is renamed into place.
 */
struct gm_tempfile {
	char *path;
	int fd;
};

#define GM_TEMPFILE_INIT               \
	{                              \
		.path = NULL, .fd = -1 \
	}
#define gm_autotempfile gm_cleanup(gm_tempfile_dispose) struct gm_tempfile

/* A new file `DIR/PREFIXxxxxxx`, with this mode less the umask. */
int gm_tempfile_open(
	struct gm_tempfile *out, const char *dir, const char *prefix, mode_t mode);

/* Flush, close, rename to `target`. The folder is not flushed. */
int gm_tempfile_commit(struct gm_tempfile *temp, const char *target);

/* Close without removing: what it was renamed to belongs to someone else. */
void gm_tempfile_forget(struct gm_tempfile *temp);

/* Close and remove. */
void gm_tempfile_dispose(struct gm_tempfile *temp);

#define gm_autoclose gm_cleanup(gm_close_p)
void gm_close_p(int *fd);

#endif
