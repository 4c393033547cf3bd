#include "objstore/segment_io.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/seam.h"

int gm_write_at(int fd, uint64_t offset, const void *data, size_t size, const char *name)
{
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return gm_error_errno("cannot write '%s'", name);
	return gm_write_all(fd, data, size, name);
}

int gm_read_at(
	size_t *n_out, int fd, uint64_t offset, void *out, size_t size, const char *name)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(
			fd, (char *)out + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gm_error_errno("cannot read '%s'", name);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	*n_out = done;
	return 0;
}

int gm_fdatasync(int fd, const char *name)
{
	int rc;

	if (gm_fault_hit(GM_FAULT_FSYNC))
		return gm_error_errno("cannot flush '%s'", name);
	do
		rc = gm_sys_fdatasync(fd);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? gm_error_errno("cannot flush '%s'", name) : 0;
}

void gm_flushes_add(struct gm_flushes *flushes, int *fd)
{
	assert(flushes->n < GM_FLUSHES_MAX);
	flushes->fds[flushes->n++] = *fd;
	*fd = -1;
}

int gm_flushes_run(struct gm_flushes *flushes, const char *name)
{
	int rc = 0;

	/* Only a head start: that it is flushed is gm_fdatasync()'s to say. */
	for (size_t i = 0; i < flushes->n; i++)
		(void)sync_file_range(flushes->fds[i], 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; rc == 0 && i < flushes->n; i++)
		rc = gm_fdatasync(flushes->fds[i], name);
	gm_flushes_dispose(flushes);
	return rc;
}

void gm_flushes_dispose(struct gm_flushes *flushes)
{
	for (size_t i = 0; i < flushes->n; i++)
		gm_close_p(&flushes->fds[i]);
	flushes->n = 0;
}

int gm_store_file_commit(
	struct gm_tempfile *temp, const char *path, struct gm_flushes *later)
{
	if (!later)
		return gm_tempfile_commit(temp, path);
	int rc = gm_rename(temp->path, path);
	if (rc < 0)
		return rc;
	gm_flushes_add(later, &temp->fd);
	gm_tempfile_forget(temp);
	return 0;
}

int gm_write_store_file(const char *dir, const char *name, const void *data, size_t size,
	struct gm_flushes *later)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autofree char *path = gm_path_join(dir, name);
	int rc = path ? gm_tempfile_open(&temp, dir, "tmp-", 0666) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_write_all(temp.fd, data, size, path);
	return rc < 0 ? rc : gm_store_file_commit(&temp, path, later);
}
