#include "objstore/segments_upkeep.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/segment_io.h"

/* What a reader takes in at once is more than the two together. */
#define GROUP_MAX ((size_t)32 << 20)
#define TAIL_MAX (4 * GM_SEAL_BYTES)

/*
 * Whoever waits for it is told who has it. It is held for an instant only, but a holder may be
 * stopped in it, or its disk be slow.
 */
static int take_lock(struct gm_segments *segments)
{
	gm_autofree char *path = gm_path_join(segments->dir, "lock");

	if (!path)
		return GM_ENOMEM;
	return gm_lock_acquire(&segments->lock, path,
		segments->command ? segments->command : "(a program)", segments->waiting,
		segments->waiting_payload);
}

int gm_segments_lock(struct gm_segments *segments)
{
	int rc = segments->lock ? 0 : take_lock(segments);

	if (rc < 0)
		return rc;
	segments->lock_depth++;
	rc = gm_segments_refresh(segments);
	if (rc < 0)
		gm_segments_unlock(segments);
	return rc < 0 ? rc : 0;
}

void gm_segments_unlock(struct gm_segments *segments)
{
	if (--segments->lock_depth == 0)
		gm_lock_release(gm_steal(&segments->lock));
}

static bool is_overdue(const struct gm_tail *tail)
{
	return tail &&
		(tail->n_records >= 2 * (size_t)GM_SEAL_RECORDS ||
			tail->bytes.size >= 2 * GM_SEAL_BYTES);
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
	if (rc < 0)
		return rc;
	/* A reader takes in no more than that at once. What is open is in no file yet. */
	if (segments->open_from)
		return 0;
	if (rest == GM_TAIL_CLEAN && segments->tail->bytes.size < TAIL_MAX)
		return 0;
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
	return 0;
}

/* Write what stands in the tail from `from` on, and the end of the group. */
static int write_group(struct gm_segments *segments, size_t from)
{
	struct gm_tail *tail = segments->tail;
	gm_autobuf end = GM_BUF_INIT(64);
	gm_autoclose int fd = open(tail->path, O_RDWR | O_CLOEXEC);
	const char *bytes = tail->bytes.ptr + from;
	size_t size = tail->bytes.size - from;

	if (fd < 0)
		return gm_error_errno("cannot write '%s'", tail->path);
	int rc = gm_group_end_put(&end, bytes, size, tail->id, tail->bytes.size);
	gm_autobuf group = GM_BUF_INIT(GM_BUF_LARGE);
	if (rc == 0)
		rc = gm_buf_put(&group, bytes, size);
	if (rc == 0)
		rc = gm_buf_put(&group, end.ptr, end.size);
	if (rc == 0)
		rc = gm_write_at(fd, from, group.ptr, group.size, tail->path);
	if (rc == 0 && segments->is_flushed)
		rc = gm_fdatasync(fd, tail->path);
	/* What was not acknowledged is taken back; failing that, it is a torn rest or whole. */
	if (rc < 0)
		(void)!gm_sys_ftruncate(fd, (off_t)from);
	else
		/* It is durable: what fails from here on, the next look at the file mends. */
		(void)gm_tail_extended(tail, &end);
	return rc;
}

/* As many objects of a class as make a dictionary, twice, four times as many, and so on. */
static size_t steps_of(size_t n)
{
	size_t steps = 0;

	for (; n >= GM_DICTIONARY_SAMPLES_MIN; n /= 2)
		steps++;
	return steps;
}

/* The open group, and whatever is in it, is lost. What it was is the error of before. */
static void drop_open(struct gm_segments *segments)
{
	const struct gm_error seen = *gm_error_last();

	segments->open_from = 0;
	if (gm_tail_take_back(segments->tail) < 0)
		segments->inode = 0; /* all is read anew the next time */
	(void)gm_error(seen.code, "%s", seen.message);
}

int gm_segments_flush(struct gm_segments *segments)
{
	if (segments->has_lost) {
		segments->has_lost = false;
		return gm_error(GM_ERROR, "what was not flushed yet is lost");
	}
	if (!segments->open_from)
		return 0;
	int rc = write_group(segments, segments->open_from);
	if (rc < 0)
		drop_open(segments);
	segments->open_from = 0;
	segments->has_written = true;
	gm_segments_unlock(segments);
	return rc;
}

/* Into the open group, which begins with it if there is none. The lock stays with the group. */
static int add_to_open(struct gm_segments *segments, struct gm_buf *records)
{
	struct gm_tail *tail = segments->tail;
	bool begins = !segments->open_from;

	if (begins) {
		segments->open_from = tail->bytes.size;
		segments->lock_depth++;
	}
	int rc = gm_tail_extend(tail, records->ptr, records->size);
	if (rc == 0)
		return 0;
	drop_open(segments);
	segments->has_lost = !begins;
	gm_segments_unlock(segments);
	return rc;
}

/* What is open becomes durable early rather than large. */
static bool is_full(const struct gm_segments *segments, const struct gm_buf *records)
{
	size_t open = segments->open_from
		? segments->tail->bytes.size - segments->open_from
		: 0;

	return open && open + records->size > GM_SEAL_BYTES;
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
	if (is_full(segments, &group))
		rc = gm_segments_flush(segments);
	if (rc == 0)
		rc = stamp(&group, segments->tail->id, segments->tail->bytes.size);
	if (rc < 0)
		return rc;
	size_t n = segments->tail->n_objects;
	rc = add_to_open(segments, &group);
	if (rc == 0 && !segments->holds_flushes)
		rc = gm_segments_flush(segments);
	if (rc == 0 && steps_of(segments->tail->n_objects) > steps_of(n))
		segments->may_learn = true;
	return rc;
}

int gm_segments_append(struct gm_segments *segments, gm_group_fill_fn fill, void *payload)
{
	if (segments->has_lost)
		return gm_segments_flush(segments);
	int rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc;
	rc = gm_segments_append_locked(segments, fill, payload);
	gm_segments_unlock(segments);
	/* Whoever writes should see to it when there is time; nobody seems to have done so. */
	if (rc == 0 && is_overdue(segments->tail))
		(void)gm_segments_settle(segments);
	return rc;
}

int gm_segments_hold_flushes(struct gm_segments *segments, bool hold)
{
	segments->holds_flushes = hold;
	return hold ? 0 : gm_segments_flush(segments);
}
