/*
 * Reading and writing at a place of a file. Writes and flushes pass the fault seam.
 */
#ifndef GM_OBJSTORE_SEGMENT_IO_H
#define GM_OBJSTORE_SEGMENT_IO_H

#include <stddef.h>
#include <stdint.h>

#include "base/file.h"

/* Write all of it at `offset`; `name` is for messages. */
int gm_write_at(int fd, uint64_t offset, const void *data, size_t size, const char *name);

/* Read up to `size` bytes; `n_out` is less only at the end of the file. */
int gm_read_at(
	size_t *n_out, int fd, uint64_t offset, void *out, size_t size, const char *name);

/* Flush what was written, and what is needed to find it again. */
int gm_fdatasync(int fd, const char *name);

/*
 * Files that were written and are not flushed yet: flushing several together takes little
 * longer than one.
 */
#define GM_FLUSHES_MAX 4

struct gm_flushes {
	int fds[GM_FLUSHES_MAX];
	size_t n;
};

#define gm_autoflushes gm_cleanup(gm_flushes_dispose) struct gm_flushes

/* Take over the descriptor. */
void gm_flushes_add(struct gm_flushes *flushes, int *fd);

/* Flush all. `name` is for messages. */
int gm_flushes_run(struct gm_flushes *flushes, const char *name);
void gm_flushes_dispose(struct gm_flushes *flushes);

/*
 * Give the temporary file its name, flushed; or unflushed and taken over by `later`, which is
 * for names that no manifest has.
 */
int gm_store_file_commit(
	struct gm_tempfile *temp, const char *path, struct gm_flushes *later);

/*
 * Write the file `NAME` in `dir` by way of a temporary one, flushed or (if `later` is not
 * NULL) to be flushed. The folder is not, as the manifest that will name it sees to that.
 */
int gm_write_store_file(const char *dir, const char *name, const void *data, size_t size,
	struct gm_flushes *later);

#endif
