#include "base/trace.h"

#ifdef GM_FAULT_INJECTION

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* Open for the life of the process; -1: nothing is traced, -2: not looked up yet. */
static atomic_int trace_fd = -2;

static int open_trace(void)
{
	int fd = atomic_load(&trace_fd);

	if (fd != -2)
		return fd;
	const char *path = getenv("GITMEM_TRACE");
	fd = path && *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
			   : -1;
	if (path && *path && fd < 0)
		abort(); /* a test that believed itself traced would prove nothing */
	atomic_store(&trace_fd, fd);
	return fd;
}

bool gm_trace_is_on(void)
{
	int before = errno;
	bool is_on = open_trace() >= 0;

	errno = before;
	return is_on;
}

void gm_trace_add(const struct gm_trace_event *event, const void *bytes)
{
	const struct iovec parts[] = {
		{(void *)(uintptr_t)event, sizeof(*event)},
		{(void *)(uintptr_t)bytes, (size_t)event->size},
	};
	int before = errno;
	int fd = open_trace();

	if (fd >= 0 &&
		writev(fd, parts, 2) != (ssize_t)(sizeof(*event) + (size_t)event->size))
		abort();
	errno = before;
}

#endif
