#include "base/seam.h"

#ifdef GM_FAULT_INJECTION

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/trace.h"

static uint64_t number_of_fd(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : gm_trace_number(&st);
}

/* Of what `path` names, which is not followed when it is a link; 0 when there is nothing. */
static uint64_t number_of(int folder_fd, const char *path)
{
	struct stat st;

	return fstatat(folder_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0
		? 0
		: gm_trace_number(&st);
}

/* The folder `path` stands in, and its last name. */
static uint64_t folder_of(const char **name_out, int folder_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";

	*name_out = slash ? slash + 1 : path;
	if (slash && (size_t)(slash - path) < sizeof(folder) - 1) {
		size_t size = slash == path ? 1 : (size_t)(slash - path);
		memcpy(folder, path, size);
		folder[size] = '\0';
	}
	return number_of(folder_fd, folder);
}

static void add_named(enum gm_trace_kind kind, uint64_t file, int folder_fd,
	const char *path, mode_t mode)
{
	struct gm_trace_event event = {.kind = kind, .file = file, .value = mode};
	const char *name;

	event.folder = folder_of(&name, folder_fd, path);
	event.size = strlen(name);
	gm_trace_add(&event, name);
}

static void add_plain(
	enum gm_trace_kind kind, int fd, uint64_t value, const void *bytes, size_t size)
{
	const struct gm_trace_event event = {
		.kind = kind, .file = number_of_fd(fd), .value = value, .size = size};

	gm_trace_add(&event, bytes);
}

static void add_opened(int fd, const char *path, int flags, bool is_new)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return;
	if (is_new)
		add_named(GM_TRACE_CREATE, gm_trace_number(&st), AT_FDCWD, path,
			st.st_mode & 07777);
	else if (flags & O_TRUNC)
		add_plain(GM_TRACE_TRUNCATE, fd, 0, NULL, 0);
}

int gm_sys_open(const char *path, int flags, mode_t mode)
{
	bool is_new = gm_trace_is_on() && flags & O_CREAT && !number_of(AT_FDCWD, path);
	int fd = open(path, flags, mode);

	if (fd >= 0 && gm_trace_is_on())
		add_opened(fd, path, flags, is_new);
	return fd;
}

ssize_t gm_sys_write(int fd, const void *data, size_t size)
{
	ssize_t n = write(fd, data, size);
	off_t end = n > 0 && gm_trace_is_on() ? lseek(fd, 0, SEEK_CUR) : -1;

	/* A pipe has no place to be at. */
	if (end >= 0)
		add_plain(GM_TRACE_WRITE, fd, (uint64_t)(end - n), data, (size_t)n);
	return n;
}

int gm_sys_ftruncate(int fd, off_t size)
{
	int rc = ftruncate(fd, size);

	if (rc == 0 && gm_trace_is_on())
		add_plain(GM_TRACE_TRUNCATE, fd, (uint64_t)size, NULL, 0);
	return rc;
}

int gm_sys_fchmod(int fd, mode_t mode)
{
	int rc = fchmod(fd, mode);

	if (rc == 0 && gm_trace_is_on())
		add_plain(GM_TRACE_CHMOD, fd, mode, NULL, 0);
	return rc;
}

int gm_sys_fsync(int fd)
{
	int rc = fsync(fd);

	if (rc == 0 && gm_trace_is_on())
		add_plain(GM_TRACE_FSYNC, fd, 0, NULL, 0);
	return rc;
}

int gm_sys_fdatasync(int fd)
{
	int rc = fdatasync(fd);

	if (rc == 0 && gm_trace_is_on())
		add_plain(GM_TRACE_FDATASYNC, fd, 0, NULL, 0);
	return rc;
}

static void add_rename(const char *from, const char *to)
{
	struct gm_trace_event event = {
		.kind = GM_TRACE_RENAME, .file = number_of(AT_FDCWD, to)};
	const char *name;
	const char *to_name;
	char names[2 * NAME_MAX + 1];

	event.folder = folder_of(&name, AT_FDCWD, from);
	event.to_folder = folder_of(&to_name, AT_FDCWD, to);
	size_t size = strlen(name) + 1;
	size_t to_size = strlen(to_name);
	if (size + to_size > sizeof(names))
		return;
	memcpy(names, name, size);
	memcpy(names + size, to_name, to_size);
	event.size = size + to_size;
	gm_trace_add(&event, names);
}

int gm_sys_rename(const char *from, const char *to)
{
	int rc = rename(from, to);

	if (rc == 0 && gm_trace_is_on())
		add_rename(from, to);
	return rc;
}

/* Told as the renames that come to the same, of which none can be seen alone. */
int gm_sys_exchange(const char *a, const char *b)
{
	int rc = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);

	if (rc == 0 && gm_trace_is_on()) {
		add_rename(b, a);
		add_rename(a, b);
	}
	return rc;
}

int gm_sys_link(const char *from, const char *to)
{
	int rc = link(from, to);

	if (rc == 0 && gm_trace_is_on())
		add_named(GM_TRACE_LINK, number_of(AT_FDCWD, to), AT_FDCWD, to, 0);
	return rc;
}

int gm_sys_unlinkat(int folder_fd, const char *name, int flags)
{
	uint64_t file = gm_trace_is_on() ? number_of(folder_fd, name) : 0;
	int rc = unlinkat(folder_fd, name, flags);

	if (rc == 0 && gm_trace_is_on())
		add_named(GM_TRACE_UNLINK, file, folder_fd, name, 0);
	return rc;
}

int gm_sys_unlink(const char *path)
{
	uint64_t file = gm_trace_is_on() ? number_of(AT_FDCWD, path) : 0;
	int rc = unlink(path);

	if (rc == 0 && gm_trace_is_on())
		add_named(GM_TRACE_UNLINK, file, AT_FDCWD, path, 0);
	return rc;
}

int gm_sys_rmdir(const char *path)
{
	return gm_sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int gm_sys_mkdir(const char *path, mode_t mode)
{
	struct stat st;
	int rc = mkdir(path, mode);

	if (rc == 0 && gm_trace_is_on() && stat(path, &st) == 0)
		add_named(GM_TRACE_MKDIR, gm_trace_number(&st), AT_FDCWD, path,
			st.st_mode & 07777);
	return rc;
}

#endif
