#include "objstore/segments_locks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"

/* Nothing is ever written into these files. */
static int open_lock(int *fd, const struct gm_segments *segments, const char *name)
{
	gm_autofree char *path = *fd < 0 ? gm_path_join(segments->dir, name) : NULL;

	if (*fd >= 0)
		return 0;
	if (!path)
		return GM_ENOMEM;
	*fd = gm_sys_open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *fd < 0 ? gm_error_errno("cannot lock '%s'", path) : 0;
}

/* 1 when it was taken, 0 when another one has it. */
static int try_lock(int fd, const struct gm_segments *segments, const char *name)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return 0;
		if (errno != EINTR)
			return gm_error_errno("cannot lock '%s/%s'", segments->dir, name);
	}
	return 1;
}

int gm_segments_upkeep_try(struct gm_segments *segments)
{
	if (segments->has_upkeep)
		return 0;
	int rc = open_lock(&segments->upkeep_fd, segments, "upkeep");
	if (rc == 0)
		rc = try_lock(segments->upkeep_fd, segments, "upkeep");
	segments->has_upkeep = rc > 0;
	return rc;
}

void gm_segments_upkeep_end(struct gm_segments *segments)
{
	if (segments->has_upkeep)
		(void)flock(segments->upkeep_fd, LOCK_UN); /* as it was locked */
	segments->has_upkeep = false;
}

int gm_segments_batch_enter(struct gm_segments *segments)
{
	int rc = segments->n_batches
		? 0
		: open_lock(&segments->batches_fd, segments, "batches");

	while (rc == 0 && !segments->n_batches &&
		flock(segments->batches_fd, LOCK_SH) < 0) {
		if (errno != EINTR)
			return gm_error_errno("cannot lock '%s/batches'", segments->dir);
		rc = gm_interrupted();
	}
	if (rc == 0)
		segments->n_batches++;
	return rc;
}

void gm_segments_batch_leave(struct gm_segments *segments)
{
	if (--segments->n_batches == 0)
		(void)flock(segments->batches_fd, LOCK_UN); /* as it was locked */
}

int gm_segments_quiet_try(struct gm_segments *segments)
{
	if (segments->n_batches)
		return 0;
	int rc = open_lock(&segments->batches_fd, segments, "batches");
	return rc < 0 ? rc : try_lock(segments->batches_fd, segments, "batches");
}

void gm_segments_quiet_end(struct gm_segments *segments)
{
	(void)flock(segments->batches_fd, LOCK_UN); /* as it was locked */
}
