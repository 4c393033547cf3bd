#include "objstore/segments_write.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/segment_io.h"

/* What a reader takes in at once is more. */
#define GROUP_MAX ((size_t)32 << 20)

int gm_segments_lock(struct gm_segments *segments)
{
	gm_autofree char *path = gm_path_join(segments->dir, "lock");

	if (!path)
		return GM_ENOMEM;
	if (segments->lock_fd < 0)
		segments->lock_fd = gm_sys_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (segments->lock_fd < 0)
		return gm_error_errno("cannot lock '%s'", path);
	int rc = gm_flock_exclusive(segments->lock_fd, path);
	if (rc < 0)
		return rc;
	rc = gm_segments_refresh(segments);
	if (rc < 0)
		gm_segments_unlock(segments);
	return rc < 0 ? rc : 0;
}

void gm_segments_unlock(struct gm_segments *segments)
{
	(void)flock(segments->lock_fd, LOCK_UN); /* it was locked like that */
}

/* See that the active segment can be appended to. */
static int prepare_tail(struct gm_segments *segments)
{
	enum gm_tail_rest rest = GM_TAIL_CLEAN;

	if (!segments->tail)
		return segments->fault
			? gm_error(segments->fault_code, "%s", segments->fault)
			: gm_error(GM_EMISMATCH, "the active segment cannot be read");
	int rc = gm_tail_judge(&rest, segments->tail);
	if (rc < 0 || rest == GM_TAIL_CLEAN)
		return rc;
	if (rest == GM_TAIL_TORN)
		return gm_tail_cut(segments->tail, segments->dir);
	return gm_segments_seal(segments);
}

/* Stamp the records for where they will stand. */
static int stamp(struct gm_buf *group, uint64_t id, uint64_t offset)
{
	uint8_t *bytes = (uint8_t *)group->ptr;

	for (size_t at = 0; at < group->size;) {
		size_t size = gm_record_extent(bytes + at, group->size - at);
		if (!size)
			return gm_error(GM_ERROR, "a record has no size");
		gm_record_stamp(bytes + at, size, id, offset + at);
		at += size;
	}
	gm_autobuf end = GM_BUF_INIT(64);
	int rc =
		gm_group_end_put(&end, group->ptr, group->size, id, offset + group->size);
	return rc < 0 ? rc : gm_buf_put(group, end.ptr, end.size);
}

static int write_group(struct gm_segments *segments, const struct gm_buf *group)
{
	struct gm_tail *tail = segments->tail;
	uint64_t offset = tail->bytes.size;
	gm_autoclose int fd = open(tail->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return gm_error_errno("cannot write '%s'", tail->path);
	int rc = gm_write_at(fd, offset, group->ptr, group->size, tail->path);
	if (rc == 0 && segments->is_flushed)
		rc = gm_fdatasync(fd, tail->path);
	/* What was not acknowledged is taken back; failing that, it is a torn rest or whole. */
	if (rc < 0)
		(void)!gm_sys_ftruncate(fd, (off_t)offset);
	return rc;
}

static bool is_due(const struct gm_tail *tail)
{
	return tail->n_records >= GM_SEAL_RECORDS || tail->bytes.size >= GM_SEAL_BYTES;
}

int gm_segments_append_locked(
	struct gm_segments *segments, gm_group_fill_fn fill, void *payload)
{
	gm_autobuf group = GM_BUF_INIT(GROUP_MAX);
	int rc = prepare_tail(segments);

	if (rc == 0)
		rc = fill(&group, payload);
	if (rc < 0 || !group.size)
		return rc;
	rc = stamp(&group, segments->tail->id, segments->tail->bytes.size);
	if (rc == 0)
		rc = write_group(segments, &group);
	if (rc < 0)
		return rc;
	/* It is durable: whatever fails from here on, the next one sees to. */
	rc = gm_tail_refresh(segments->tail);
	if (rc > 0 && is_due(segments->tail))
		(void)gm_segments_seal(segments);
	return 0;
}

int gm_segments_append(struct gm_segments *segments, gm_group_fill_fn fill, void *payload)
{
	int rc = gm_segments_lock(segments);

	if (rc < 0)
		return rc;
	rc = gm_segments_append_locked(segments, fill, payload);
	gm_segments_unlock(segments);
	return rc;
}
