#include "base/file_link.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/seam.h"

#define COPY_SIZE ((size_t)256 << 10)

static int open_source(int *fd_out, struct stat *st, const char *path)
{
	gm_autoclose int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return GM_ENOTFOUND;
	if (fd < 0 && errno == ELOOP)
		return gm_error(GM_EMISMATCH, "'%s' is no regular file", path);
	if (fd < 0 || fstat(fd, st) < 0)
		return gm_error_errno("cannot read '%s'", path);
	if (!S_ISREG(st->st_mode))
		return gm_error(GM_EMISMATCH, "'%s' is no regular file", path);
	*fd_out = fd;
	fd = -1;
	return 0;
}

static int copy_bytes(int to, int from, const char *to_path, const char *from_path)
{
	gm_autofree char *bytes = gm_malloc(COPY_SIZE);

	if (!bytes)
		return GM_ENOMEM;
	for (;;) {
		int rc = gm_interrupted();
		ssize_t n = rc < 0 ? 0 : read(from, bytes, COPY_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot read '%s'", from_path);
		if (n == 0)
			return rc;
		rc = gm_write_all(to, bytes, (size_t)n, to_path);
		if (rc < 0)
			return rc;
	}
}

static int copy(const char *to, const char *from, int from_fd)
{
	gm_autoclose int fd =
		gm_sys_open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return gm_error_errno("cannot make '%s'", to);
	int rc = copy_bytes(fd, from_fd, to, from);
	if (rc == 0)
		rc = gm_fsync(fd, to);
	if (rc < 0)
		(void)gm_sys_unlink(to); /* a part of it is nothing */
	return rc;
}

/* 1 when it was done, 0 when it cannot be. */
static int try_link(const char *to, const char *from, const struct stat *opened)
{
	struct stat st;

	if (opened->st_uid != geteuid() || gm_sys_link(from, to) < 0)
		return errno == EEXIST ? gm_error_errno("cannot make '%s'", to) : 0;
	/* The name may lead to something else than it did when it was looked at. */
	if (lstat(to, &st) == 0 && st.st_ino == opened->st_ino &&
		st.st_dev == opened->st_dev)
		return 1;
	(void)gm_sys_unlink(to); /* it is not what was meant */
	return GM_ENOTFOUND;
}

int gm_file_link(struct gm_link_result *out, const char *to, const char *from)
{
	gm_autoclose int fd = -1;
	struct stat st;
	int rc = open_source(&fd, &st, from);

	errno = 0;
	if (rc == 0)
		rc = try_link(to, from, &st);
	if (rc < 0)
		return rc;
	*out = (struct gm_link_result){.is_copy = !rc, .size = (uint64_t)st.st_size};
	return rc ? 0 : copy(to, from, fd);
}
