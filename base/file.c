#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/interrupt.h"
#include "base/seam.h"

char *gm_path_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	return gm_format("%s%s%s", a, n && a[n - 1] == '/' ? "" : "/", b);
}

void gm_close_p(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* data that matters was flushed before */
	*fd = -1;
}

/* Read once behind the contents of `out`; `n_out` is 0 at the end of the file. */
static int read_some(struct gm_buf *out, size_t *n_out, int fd, const char *name)
{
	size_t room = out->max - out->size;
	size_t spare = out->cap > out->size + 1 ? out->cap - out->size - 1 : 65536;
	size_t want = room < spare ? room : spare;
	char probe;
	ssize_t n;

	int rc = gm_buf_reserve(out, want);
	if (rc < 0)
		return rc;
	do {
		n = want ? read(fd, out->ptr + out->size, want) : read(fd, &probe, 1);
		rc = n < 0 && errno == EINTR ? gm_interrupted() : 0;
		if (rc < 0)
			return rc;
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return gm_error_errno("cannot read '%s'", name);
	if (n > 0 && !want)
		return gm_error(
			GM_ETOOBIG, "'%s' is larger than %zu bytes", name, out->max);
	out->size += (size_t)n;
	out->ptr[out->size] = '\0';
	*n_out = (size_t)n;
	return 0;
}

static int read_all(struct gm_buf *out, int fd, const char *name, bool stoppable)
{
	size_t before = out->size;
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n) {
		rc = stoppable ? gm_interrupted() : 0;
		if (rc == 0)
			rc = read_some(out, &n, fd, name);
	}
	if (rc < 0 && out->ptr) {
		out->size = before;
		out->ptr[before] = '\0';
	}
	return rc;
}

int gm_file_read_fd(struct gm_buf *out, int fd, const char *name)
{
	return read_all(out, fd, name, true);
}

static int read_file(struct gm_buf *out, const char *path, bool any)
{
	gm_autoclose int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (any ? 0 : O_NONBLOCK));
	struct stat st;

	if (fd < 0 && errno == EINTR && gm_interrupted() < 0)
		return GM_EINTERRUPTED;
	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", path);
	if (S_ISDIR(st.st_mode))
		return gm_error(GM_ERROR, "cannot read '%s': is a folder", path);
	if (!any && !S_ISREG(st.st_mode))
		return gm_error(GM_ERROR, "cannot read '%s': is no regular file", path);
	if (S_ISREG(st.st_mode) && st.st_size > 0 &&
		(unsigned long long)st.st_size < out->max - out->size) {
		/* One more, to meet the end of the file without growing again. */
		int rc = gm_buf_reserve(out, (size_t)st.st_size + 1);
		if (rc < 0)
			return rc;
	}
	return read_all(out, fd, path, any);
}

int gm_file_read(struct gm_buf *out, const char *path)
{
	return read_file(out, path, false);
}

int gm_file_read_any(struct gm_buf *out, const char *path)
{
	return read_file(out, path, true);
}

int gm_write_all(int fd, const void *data, size_t size, const char *name)
{
	const char *at = data;

	if (gm_fault_hit(GM_FAULT_WRITE))
		return gm_error_errno("cannot write '%s'", name);
	while (size) {
		ssize_t n = gm_sys_write(fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot write '%s'", name);
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int gm_fsync(int fd, const char *name)
{
	int rc;

	if (gm_fault_hit(GM_FAULT_FSYNC))
		return gm_error_errno("cannot flush '%s'", name);
	do
		rc = gm_sys_fsync(fd);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return gm_error_errno("cannot flush '%s'", name);
	return 0;
}

int gm_fsync_dir(const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return gm_error_errno("cannot open folder '%s'", path);
	return gm_fsync(fd, path);
}

int gm_rename(const char *from, const char *to)
{
	if (gm_fault_hit(GM_FAULT_RENAME) || gm_sys_rename(from, to) < 0)
		return gm_error_errno("cannot rename '%s' to '%s'", from, to);
	return 0;
}

char *gm_path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return gm_strdup(".");
	return gm_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int gm_file_write(const char *path, const void *data, size_t size)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autofree char *dir = gm_path_dir(path);
	int rc;

	if (!dir)
		return GM_ENOMEM;
	rc = gm_tempfile_open(&temp, dir, ".tmp_", 0666);
	if (rc < 0)
		return rc;
	rc = gm_write_all(temp.fd, data, size, path);
	if (rc < 0)
		return rc;
	rc = gm_tempfile_commit(&temp, path);
	if (rc < 0)
		return rc;
	return gm_fsync_dir(dir);
}

/* One folder, whose parent is there. Without its entry flushed it is not made at all. */
static int make_folder(const char *path)
{
	gm_autofree char *parent = gm_path_dir(path);

	if (!parent)
		return GM_ENOMEM;
	if (gm_sys_mkdir(path, 0777) < 0)
		return errno == EEXIST ? 0
				       : gm_error_errno("cannot make folder '%s'", path);
	int rc = gm_fsync_dir(parent);
	if (rc < 0)
		/* Or the next call would find it and not flush. */
		(void)gm_sys_rmdir(path);
	return rc;
}

int gm_mkdirs(const char *path)
{
	gm_autofree char *copy = NULL;

	if (gm_is_dir(path))
		return 0;
	copy = gm_strdup(path);
	if (!copy)
		return GM_ENOMEM;
	for (char *at = *copy ? copy + 1 : copy;; at++) {
		if (*at && *at != '/')
			continue;
		char end = *at;
		*at = '\0';
		int rc = make_folder(copy);
		if (rc < 0)
			return rc;
		*at = end;
		if (!end)
			break;
	}
	if (!gm_is_dir(path))
		return gm_error(GM_EEXISTS,
			"cannot make folder '%s': a file is in the way", path);
	return 0;
}

int gm_mkdirs_for(const char *path)
{
	gm_autofree char *dir = gm_path_dir(path);

	return dir ? gm_mkdirs(dir) : GM_ENOMEM;
}

bool gm_path_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool gm_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The next name in a folder, lent until the next call; NULL at its end. */
static int next_name(const char **out, DIR *dir, const char *path)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			return gm_error_errno("cannot read folder '%s'", path);
	} while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	*out = entry ? entry->d_name : NULL;
	return 0;
}

int gm_dir_each(const char *path, gm_dir_each_fn each, void *payload)
{
	const char *name = NULL;
	DIR *dir = opendir(path);

	if (!dir)
		return errno == ENOENT ? 0
				       : gm_error_errno("cannot read folder '%s'", path);
	int rc = next_name(&name, dir, path);
	while (rc == 0 && name) {
		rc = each(name, payload);
		if (rc == 0)
			rc = next_name(&name, dir, path);
	}
	(void)closedir(dir); /* it was only read */
	return rc;
}

int gm_unlink(const char *path)
{
	if (gm_sys_unlink(path) < 0 && errno != ENOENT)
		return gm_error_errno("cannot remove '%s'", path);
	return 0;
}

static void random_letters(char *out, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	unsigned char bytes[16] = {0};

	/* Names only need to differ: O_EXCL decides. */
	(void)!getrandom(bytes, sizeof(bytes), GRND_NONBLOCK);
	for (size_t i = 0; i < n; i++)
		out[i] = letters[bytes[i] % 32];
}

int gm_tempfile_open(
	struct gm_tempfile *out, const char *dir, const char *prefix, mode_t mode)
{
	gm_autofree char *path = gm_format("%s/%sxxxxxx", dir, prefix);

	if (!path)
		return GM_ENOMEM;
	for (int tries = 0; tries < 100; tries++) {
		random_letters(path + strlen(path) - 6, 6);
		int fd = gm_sys_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd >= 0) {
			out->fd = fd;
			out->path = gm_steal(&path);
			return 0;
		}
		if (errno != EEXIST)
			break;
	}
	return gm_error_errno("cannot make a temporary file in '%s'", dir);
}

int gm_tempfile_commit(struct gm_tempfile *temp, const char *target)
{
	int rc = gm_fsync(temp->fd, target);

	if (rc < 0)
		return rc;
	rc = gm_rename(temp->path, target);
	if (rc < 0)
		return rc;
	gm_tempfile_forget(temp);
	return 0;
}

void gm_tempfile_forget(struct gm_tempfile *temp)
{
	gm_close_p(&temp->fd);
	gm_free(temp->path);
	temp->path = NULL;
}

void gm_tempfile_dispose(struct gm_tempfile *temp)
{
	if (temp->path)
		(void)gm_sys_unlink(temp->path); /* best effort: it is only litter */
	gm_tempfile_forget(temp);
}
