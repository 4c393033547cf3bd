#include "base/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

int gm_open_regular(int *fd_out, size_t *size_out, const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return GM_ENOTFOUND;
	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return gm_error(GM_EMISMATCH, "'%s' is no regular file", path);
	if ((uintmax_t)st.st_size > SIZE_MAX)
		return gm_error(GM_ETOOBIG, "'%s' does not fit in memory", path);
	*size_out = (size_t)st.st_size;
	*fd_out = fd;
	fd = -1;
	return 0;
}

int gm_map_fd(const uint8_t **out, int fd, size_t size, const char *path)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		return gm_error_errno("cannot map '%s'", path);
	*out = map;
	return 0;
}

/* The size is what could be read: a file that shrank meanwhile is a short one. */
static int read_small(struct gm_mapping *out, const char *path)
{
	size_t n = 0;

	while (n < out->size) {
		ssize_t got = read(out->fd, out->small + n, out->size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return gm_error_errno("cannot read '%s'", path);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	out->size = n;
	out->ptr = out->small;
	return 0;
}

int gm_mapping_open(struct gm_mapping *out, const char *path)
{
	out->map = NULL;
	out->fd = -1;
	int rc = gm_open_regular(&out->fd, &out->size, path);
	if (rc < 0)
		return rc;
	if (out->size <= GM_MAPPING_SMALL) {
		rc = read_small(out, path);
	} else {
		rc = gm_map_fd(&out->ptr, out->fd, out->size, path);
		if (rc == 0)
			out->map = (void *)(uintptr_t)out->ptr;
	}
	if (rc < 0)
		gm_mapping_dispose(out);
	return rc;
}

void gm_mapping_dispose(struct gm_mapping *mapping)
{
	if (mapping->map)
		(void)munmap(mapping->map, mapping->size); /* it was mapped like that */
	mapping->map = NULL;
	gm_close_p(&mapping->fd);
}
