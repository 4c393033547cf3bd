#include "objstore/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/mapping.h"
#include "base/seam.h"
#include "objstore/segment_flip.h"

/* How many bytes are run through the checksum in search of one sound record. */
#define RESYNC_BUDGET ((size_t)256 << 20)

void gm_store_file_name(char out[GM_STORE_NAME_MAX], const char *kind, uint64_t number)
{
	(void)snprintf(
		out, GM_STORE_NAME_MAX, "%s-%08llu", kind, (unsigned long long)number);
}

static char *segment_path(const char *dir, uint64_t number)
{
	char name[GM_STORE_NAME_MAX];

	gm_store_file_name(name, "seg", number);
	return gm_path_join(dir, name);
}

static int write_header(uint64_t *id_out, int fd, uint64_t number, const char *path)
{
	uint8_t header[GM_SEGMENT_HEADER_SIZE];
	uint64_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return gm_error_errno("cannot draw a random number");
	gm_segment_header_put(header, id, number);
	*id_out = id;
	return gm_write_all(fd, header, sizeof(header), path);
}

/*
 * 0, GM_EEXISTS when the number is taken. Between making and locking the file it looks like
 * litter to whoever collects that, so see that it is still there.
 */
static int create_locked(int *fd_out, const char *path)
{
	gm_autoclose int fd =
		gm_sys_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 && errno == EEXIST)
		return GM_EEXISTS;
	int rc = fd < 0 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
	if (rc < 0 && fd >= 0 && errno == EWOULDBLOCK)
		return GM_EEXISTS; /* it is being collected */
	if (rc < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot make '%s'", path);
	if (!st.st_nlink)
		return GM_EEXISTS;
	*fd_out = fd;
	fd = -1;
	return 0;
}

int gm_segment_create(int *fd_out, uint64_t *number, uint64_t *id_out, const char *dir)
{
	for (uint64_t n = *number; n <= GM_SEGMENT_NUMBER_MAX; n++) {
		gm_autofree char *path = segment_path(dir, n);
		gm_autoclose int fd = -1;
		if (!path)
			return GM_ENOMEM;
		int rc = create_locked(&fd, path);
		if (rc == GM_EEXISTS)
			continue;
		if (rc == 0)
			rc = write_header(id_out, fd, n, path);
		if (rc < 0) {
			if (fd >= 0)
				(void)gm_sys_unlink(path); /* litter */
			return rc;
		}
		*number = n;
		*fd_out = fd;
		fd = -1;
		return 0;
	}
	return gm_error(GM_ETOOBIG, "no more numbers for segments in '%s'", dir);
}

static int check_identity(struct gm_segment *segment, const char *path)
{
	uint64_t id;
	uint64_t number;
	int rc = gm_segment_header_parse(&id, &number, segment->map, segment->size, path);

	if (rc == 0 && (id != segment->id || number != segment->number))
		rc = gm_error(GM_EMISMATCH, "'%s' is not the segment it should be", path);
	if (rc == GM_EMISMATCH &&
		gm_segment_header_flipped(
			segment->map, segment->size, segment->id, segment->number)) {
		segment->header_is_damaged = true;
		return 0;
	}
	return rc;
}

int gm_segment_open(struct gm_segment **out, const char *dir, uint64_t number,
	uint64_t id, uint64_t size)
{
	gm_cleanup(gm_segment_free_p) struct gm_segment *segment =
		gm_calloc(1, sizeof(*segment));
	gm_autoclose int fd = -1;
	size_t found;

	if (!segment)
		return GM_ENOMEM;
	segment->path = segment_path(dir, number);
	if (!segment->path)
		return GM_ENOMEM;
	segment->number = number;
	segment->id = id;
	int rc = gm_open_regular(&fd, &found, segment->path);
	if (rc == GM_ENOTFOUND)
		return gm_error(rc, "'%s' does not exist", segment->path);
	if (rc == 0 && (found < size || size < GM_SEGMENT_HEADER_SIZE))
		rc = gm_error(GM_EMISMATCH, "'%s' is cut off: it has %zu of %llu bytes",
			segment->path, found, (unsigned long long)size);
	if (rc == 0)
		rc = gm_map_fd(&segment->map, fd, (size_t)size, segment->path);
	if (rc < 0)
		return rc;
	segment->size = (size_t)size;
	rc = check_identity(segment, segment->path);
	if (rc < 0)
		return rc;
	*out = gm_steal(&segment);
	return 0;
}

void gm_segment_free(struct gm_segment *segment)
{
	if (!segment)
		return;
	if (segment->map)
		(void)munmap(
			(void *)(uintptr_t)segment->map, segment->size); /* as mapped */
	gm_free(segment->path);
	gm_free(segment);
}

int gm_segment_record(
	struct gm_record *out, const struct gm_segment *segment, uint64_t offset)
{
	int rc = GM_EMISMATCH;

	if (offset >= GM_SEGMENT_HEADER_SIZE && offset < segment->size)
		rc = gm_record_parse(out, segment->map + offset,
			segment->size - (size_t)offset, segment->id, offset);
	if (rc == GM_EMISMATCH)
		return gm_error(rc, "'%s' is damaged at byte %llu", segment->path,
			(unsigned long long)offset);
	return rc < 0 ? gm_error_prefix("'%s'", segment->path) : 0;
}

bool gm_segment_resync(
	size_t *out, const uint8_t *bytes, size_t from, size_t to, uint64_t id)
{
	size_t budget = RESYNC_BUDGET;
	struct gm_record record;

	for (; from < to; from++) {
		size_t cost = gm_record_extent(bytes + from, to - from);
		if (!cost)
			continue;
		if (cost > budget)
			return false;
		budget -= cost;
		if (gm_record_parse(&record, bytes + from, to - from, id, from) !=
			GM_EMISMATCH)
			break;
	}
	*out = from;
	return true;
}

int gm_segment_walk(const uint8_t *bytes, size_t from, size_t to, uint64_t id,
	const struct gm_segment_walk *walk)
{
	struct gm_record record;
	int rc = 0;

	while (rc == 0 && from < to) {
		rc = gm_record_parse(&record, bytes + from, to - from, id, from);
		if (rc == 0) {
			rc = walk->record(&record, from, walk->payload);
			from += record.size;
		} else if (rc == GM_EMISMATCH) {
			size_t next;
			if (!gm_segment_resync(&next, bytes, from + 1, to, id))
				next = to;
			rc = walk->damaged ? walk->damaged(from, next, walk->payload) : 0;
			from = next;
		}
		if (rc == 0)
			rc = gm_interrupted();
	}
	return rc;
}
