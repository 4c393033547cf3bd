/*
 * The file seam: the system calls that change files, as they are (arguments, result, errno),
 * but for the name. Who changes a file in base, objstore or dag calls these, so that tests see
 * it: with the build option `fault_injection` each call that succeeds is written down in the
 * file that the environment variable GITMEM_TRACE names (base/trace.h). Otherwise they cost
 * nothing.
 *
 * Opening without O_CREAT or O_TRUNC changes nothing and need not come here. What may fail on
 * purpose is base/fault.h's; writes, flushes and renames go through base/file.h for that.
 */
#ifndef GM_BASE_SEAM_H
#define GM_BASE_SEAM_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef GM_FAULT_INJECTION
int gm_sys_open(const char *path, int flags, mode_t mode);
ssize_t gm_sys_write(int fd, const void *data, size_t size);
int gm_sys_ftruncate(int fd, off_t size);
int gm_sys_fchmod(int fd, mode_t mode);
int gm_sys_fsync(int fd);
int gm_sys_fdatasync(int fd);
int gm_sys_rename(const char *from, const char *to);
int gm_sys_exchange(const char *a, const char *b); /* renameat2(2), RENAME_EXCHANGE */
int gm_sys_link(const char *from, const char *to);
int gm_sys_unlink(const char *path);
int gm_sys_unlinkat(int folder_fd, const char *name, int flags);
int gm_sys_mkdir(const char *path, mode_t mode);
int gm_sys_rmdir(const char *path);
#else
static inline int gm_sys_open(const char *path, int flags, mode_t mode)
{
	return open(path, flags, mode);
}

static inline ssize_t gm_sys_write(int fd, const void *data, size_t size)
{
	return write(fd, data, size);
}

static inline int gm_sys_ftruncate(int fd, off_t size)
{
	return ftruncate(fd, size);
}

static inline int gm_sys_fchmod(int fd, mode_t mode)
{
	return fchmod(fd, mode);
}

static inline int gm_sys_fsync(int fd)
{
	return fsync(fd);
}

static inline int gm_sys_fdatasync(int fd)
{
	return fdatasync(fd);
}

static inline int gm_sys_rename(const char *from, const char *to)
{
	return rename(from, to);
}

static inline int gm_sys_exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static inline int gm_sys_link(const char *from, const char *to)
{
	return link(from, to);
}

static inline int gm_sys_unlink(const char *path)
{
	return unlink(path);
}

static inline int gm_sys_unlinkat(int folder_fd, const char *name, int flags)
{
	return unlinkat(folder_fd, name, flags);
}

static inline int gm_sys_mkdir(const char *path, mode_t mode)
{
	return mkdir(path, mode);
}

static inline int gm_sys_rmdir(const char *path)
{
	return rmdir(path);
}
#endif

#endif
