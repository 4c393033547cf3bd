#include "base/fault.h"

#ifdef GM_FAULT_INJECTION

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[GM_FAULT_N] = {"alloc", "write", "fsync", "rename"};
static const int kind_errno[GM_FAULT_N] = {ENOMEM, ENOSPC, EIO, ENOSPC};

static struct {
	atomic_int state; /* 0 unread, 1 reading, 2 read */
	enum gm_fault kind;
	unsigned long at;
	bool onwards;
	atomic_ulong seen[GM_FAULT_N];
	atomic_bool hit;
} fault;

static void report(void)
{
	const char *path = getenv("GITMEM_FAULT_REPORT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;

	if (fd < 0)
		return;
	/* The sweep takes a missing report as a failure of its own. */
	if (fault.kind < GM_FAULT_N && fault.at == 0)
		(void)dprintf(fd, "%lu\n", atomic_load(&fault.seen[fault.kind]));
	else
		(void)dprintf(fd, "%s\n", atomic_load(&fault.hit) ? "hit" : "missed");
	(void)close(fd);
}

static void read_plan(void)
{
	const char *plan = getenv("GITMEM_FAULT");
	const char *colon = plan ? strchr(plan, ':') : NULL;

	fault.kind = GM_FAULT_N;
	for (int i = 0; colon && i < GM_FAULT_N; i++)
		if (strlen(kind_names[i]) == (size_t)(colon - plan) &&
			!strncmp(plan, kind_names[i], (size_t)(colon - plan)))
			fault.kind = (enum gm_fault)i;
	if (colon) {
		char *end;
		fault.at = strtoul(colon + 1, &end, 10);
		fault.onwards = *end == '+';
		(void)atexit(report);
	}
}

bool gm_fault_hit(enum gm_fault kind)
{
	int unread = 0;

	if (atomic_compare_exchange_strong(&fault.state, &unread, 1)) {
		read_plan();
		atomic_store(&fault.state, 2);
	}
	unsigned long n = atomic_fetch_add(&fault.seen[kind], 1) + 1;
	if (kind != fault.kind || (fault.onwards ? n < fault.at : n != fault.at))
		return false;
	atomic_store(&fault.hit, true);
	errno = kind_errno[kind];
	return true;
}

#endif
