/* Bytes of a reflog, read backwards: each whole line is passed on or is an error. */
#include "dag/reflog.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(const struct gm_reflog_entry *entry, void *payload)
{
	if (!entry->message || !entry->who.name)
		abort();
	++*(size_t *)payload;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	size_t lines = 0;
	size_t seen = 0;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (gm_reflog_each_fd(fd, "log", count, &seen) == 0 ? seen != lines
							    : seen > lines)
		abort();
	(void)close(fd); /* nothing is kept in it */
	return 0;
}
