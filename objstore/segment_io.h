/*
 * Reading and writing at a place of a file. Writes and flushes pass the fault seam.
 */
#ifndef GM_OBJSTORE_SEGMENT_IO_H
#define GM_OBJSTORE_SEGMENT_IO_H

#include <stddef.h>
#include <stdint.h>

/* Write all of it at `offset`; `name` is for messages. */
int gm_write_at(int fd, uint64_t offset, const void *data, size_t size, const char *name);

/* Read up to `size` bytes; `n_out` is less only at the end of the file. */
int gm_read_at(
	size_t *n_out, int fd, uint64_t offset, void *out, size_t size, const char *name);

/* Flush what was written, and what is needed to find it again. */
int gm_fdatasync(int fd, const char *name);

/*
 * Write the file `NAME` in `dir` by way of a temporary one, flushed; the folder is not, as
 * the manifest that will name it sees to that.
 */
int gm_write_store_file(const char *dir, const char *name, const void *data, size_t size);

/* Take or wait for the lock of an open file. GM_EINTERRUPTED when a signal asks us to stop. */
int gm_flock_exclusive(int fd, const char *name);

#endif
