#include "objstore/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/seam.h"
#include "objstore/litter.h"

/* How often a peer may remove a folder before we can use it. */
#define TRIES 8

static int write_piece(const void *data, size_t size, void *payload)
{
	const struct gm_tempfile *temp = payload;

	return gm_write_all(temp->fd, data, size, temp->path);
}

int gm_loose_write(struct gm_tempfile *out, struct gm_deflate *deflate, const char *dir,
	enum gm_object_type type, const void *data, size_t size)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	char header[GM_OBJECT_HEADER_MAX];
	size_t n = gm_object_header(header, type, size);

	int rc = gm_tempfile_open(&temp, dir, GM_TEMP_OBJECT, 0444);
	if (rc < 0)
		return rc;
	rc = gm_deflate_start(deflate);
	if (rc == 0)
		rc = gm_deflate_write(deflate, header, n, false, write_piece, &temp);
	if (rc == 0)
		rc = gm_deflate_write(deflate, data, size, true, write_piece, &temp);
	if (rc < 0)
		return rc;
	/* Only a head start: that it is flushed is gm_fsync()'s to say. */
	(void)sync_file_range(temp.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	*out = temp;
	temp = (struct gm_tempfile)GM_TEMPFILE_INIT;
	return 0;
}

static int make_folder(const char *path)
{
	gm_autofree char *dir = gm_strndup(path, (size_t)(strrchr(path, '/') - path));

	if (!dir)
		return GM_ENOMEM;
	if (gm_sys_mkdir(dir, 0777) < 0 && errno != EEXIST)
		return gm_error_errno("cannot make folder '%s'", dir);
	return 0;
}

int gm_loose_publish(struct gm_tempfile *temp, const char *path)
{
	int rc = gm_rename(temp->path, path);

	for (int tries = 0; rc == GM_ENOTFOUND && tries < TRIES; tries++) {
		int made = make_folder(path);
		if (made < 0)
			return made;
		rc = gm_rename(temp->path, path);
	}
	if (rc == 0)
		gm_tempfile_forget(temp);
	return rc;
}
