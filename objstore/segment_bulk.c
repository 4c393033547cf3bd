#include "objstore/segment_bulk.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/mapping.h"
#include "base/seam.h"
#include "objstore/segment_io.h"

#define BUFFER_SIZE ((size_t)256 << 10)

/* How much is written before the system is asked to begin flushing it. */
#define HEAD_START ((uint64_t)8 << 20)

struct gm_bulk {
	struct gm_segments *segments;
	char *path;
	int fd;
	uint64_t number;
	uint64_t id;
	uint64_t size;   /* with what stands in `buffer` */
	uint64_t pushed; /* up to here the system is flushing already */
	struct gm_buf buffer;
	struct gm_index_entry *entries; /* in the order of the segment */
	uint8_t *depths;
	size_t n;
	size_t cap_entries;
	size_t cap_depths;
	const uint8_t *map; /* for reading back */
	size_t map_size;
	const struct gm_effort *effort;
	char oldest[GM_STORE_NAME_MAX]; /* index, when it was begun: gc replaces it */
	bool is_published;
};

int gm_bulk_open(struct gm_bulk **out, struct gm_segments *segments)
{
	gm_cleanup(gm_bulk_free_p) struct gm_bulk *bulk = gm_calloc(1, sizeof(*bulk));
	char name[GM_STORE_NAME_MAX];

	if (!bulk)
		return GM_ENOMEM;
	bulk->fd = -1;
	bulk->buffer.max = GM_BUF_LARGE * 2;
	bulk->segments = segments;
	gm_segments_oldest(bulk->oldest, segments);
	/* The active one takes the numbers right behind it. */
	bulk->number = segments->manifest.active + 1;
	int rc = gm_segment_create(&bulk->fd, &bulk->number, &bulk->id, segments->dir);
	if (rc < 0)
		return rc;
	bulk->size = GM_SEGMENT_HEADER_SIZE;
	gm_store_file_name(name, "seg", bulk->number);
	bulk->path = gm_path_join(segments->dir, name);
	if (!bulk->path)
		return GM_ENOMEM;
	*out = gm_steal(&bulk);
	return 0;
}

static void unmap(struct gm_bulk *bulk)
{
	if (bulk->map)
		(void)munmap(
			(void *)(uintptr_t)bulk->map, bulk->map_size); /* as mapped */
	bulk->map = NULL;
}

void gm_bulk_free(struct gm_bulk *bulk)
{
	if (!bulk)
		return;
	unmap(bulk);
	if (bulk->path && bulk->fd >= 0 && !bulk->is_published)
		(void)gm_sys_unlink(bulk->path); /* litter */
	gm_close_p(&bulk->fd);
	gm_buf_dispose(&bulk->buffer);
	gm_free(bulk->entries);
	gm_free(bulk->depths);
	gm_free(bulk->path);
	gm_free(bulk);
}

static int flush(struct gm_bulk *bulk)
{
	if (!bulk->buffer.size)
		return 0;
	int rc = gm_write_at(bulk->fd, bulk->size - bulk->buffer.size, bulk->buffer.ptr,
		bulk->buffer.size, bulk->path);
	if (rc < 0)
		return rc;
	gm_buf_reset(&bulk->buffer);
	if (bulk->size - bulk->pushed >= HEAD_START) {
		/* Only a head start: that it is flushed is gm_fdatasync()'s to say. */
		(void)sync_file_range(bulk->fd, (off_t)bulk->pushed,
			(off_t)(bulk->size - bulk->pushed), SYNC_FILE_RANGE_WRITE);
		bulk->pushed = bulk->size;
	}
	return gm_interrupted();
}

static int make_room(struct gm_bulk *bulk)
{
	int rc = gm_grow(
		&bulk->entries, &bulk->cap_entries, bulk->n + 1, sizeof(*bulk->entries));

	if (rc == 0)
		rc = gm_grow(&bulk->depths, &bulk->cap_depths, bulk->n + 1,
			sizeof(*bulk->depths));
	return rc;
}

int gm_bulk_add(struct gm_bulk *bulk, const struct gm_new_object *object,
	const struct gm_new_base *base)
{
	size_t before = bulk->buffer.size;
	int depth;
	int rc = make_room(bulk);

	if (rc == 0)
		rc = gm_segments_encode_with(&bulk->buffer, &depth, bulk->segments,
			object, base, bulk->effort);
	if (rc < 0)
		return rc;
	size_t size = bulk->buffer.size - before;
	if (size > GM_SEGMENT_SIZE_MAX - bulk->size)
		return gm_error(GM_ETOOBIG, "'%s' is too large", bulk->path);
	gm_record_stamp((uint8_t *)bulk->buffer.ptr + before, size, bulk->id, bulk->size);
	struct gm_index_entry *entry = &bulk->entries[bulk->n];
	entry->oid = object->oid;
	entry->place = gm_place(bulk->number, bulk->size);
	memset(entry->sha256, 0, GM_SHA256_SIZE);
	if (object->sha256)
		memcpy(entry->sha256, object->sha256, GM_SHA256_SIZE);
	bulk->depths[bulk->n++] = (uint8_t)depth;
	bulk->size += size;
	return bulk->buffer.size >= BUFFER_SIZE ? flush(bulk) : 0;
}

size_t gm_bulk_n(const struct gm_bulk *bulk)
{
	return bulk->n;
}

const uint8_t *gm_bulk_sha256(const struct gm_bulk *bulk, size_t at)
{
	return bulk->entries[at].sha256;
}

int gm_bulk_depth(const struct gm_bulk *bulk, size_t at)
{
	return bulk->depths[at];
}

static int map_all(struct gm_bulk *bulk)
{
	int rc = flush(bulk);

	if (rc < 0 || (bulk->map && bulk->map_size == bulk->size))
		return rc;
	unmap(bulk);
	bulk->map_size = (size_t)bulk->size;
	return gm_map_fd(&bulk->map, bulk->fd, bulk->map_size, bulk->path);
}

static int copy_of(struct gm_copy *out, const struct gm_bulk *bulk, size_t at)
{
	uint64_t offset = gm_place_offset(bulk->entries[at].place);
	int rc = gm_record_parse(&out->record, bulk->map + offset,
		bulk->map_size - (size_t)offset, bulk->id, offset);

	out->segment_id = bulk->id;
	out->offset = offset;
	if (rc == GM_EMISMATCH)
		return gm_error(rc, "'%s' is damaged at byte %llu", bulk->path,
			(unsigned long long)offset);
	return rc;
}

struct own {
	struct gm_bulk *bulk;
	const struct gm_map *known;
};

/* Bases are in here, or in the store. */
static int find_base(struct gm_copy *out, void *payload, const struct gm_oid *oid)
{
	const struct own *own = payload;
	uint64_t at;

	if (gm_map_get(&at, own->known, oid->bytes) && at < own->bulk->n)
		return copy_of(out, own->bulk, (size_t)at);
	return gm_segments_find(out, own->bulk->segments, oid);
}

int gm_bulk_read(struct gm_buf *out, enum gm_object_type *type_out, struct gm_bulk *bulk,
	size_t at, const struct gm_map *known)
{
	struct own own = {bulk, known};
	const struct gm_base_finder finder = {find_base, &own};
	struct gm_copy copy;
	int rc = map_all(bulk);

	if (rc == 0)
		rc = copy_of(&copy, bulk, at);
	if (rc == 0)
		rc = gm_segments_decode(out, bulk->segments, &copy, &finder);
	if (rc == 0)
		*type_out = (enum gm_object_type)copy.record.class;
	return rc;
}

int gm_bulk_set_compact(struct gm_bulk *bulk, const struct gm_effort *effort)
{
	uint8_t header[GM_SEGMENT_HEADER_SIZE];

	gm_segment_header_put(header, bulk->id, bulk->number);
	gm_segment_header_set_flags(header, GM_SEGMENT_COMPACT);
	bulk->effort = effort;
	return gm_write_at(bulk->fd, 0, header, sizeof(header), bulk->path);
}

void gm_bulk_detach_entries(
	struct gm_index_entry **out, size_t *n_out, size_t *cap_out, struct gm_bulk *bulk)
{
	*out = gm_steal(&bulk->entries);
	*n_out = bulk->n;
	*cap_out = bulk->cap_entries;
	bulk->n = bulk->cap_entries = bulk->cap_depths = 0;
	gm_free(gm_steal(&bulk->depths));
}

int gm_bulk_set_time(struct gm_bulk *bulk, gm_time time)
{
	const struct timespec at = {.tv_sec = (time_t)(time / GM_TIME_SECOND)};
	const struct timespec both[2] = {at, at};

	return futimens(bulk->fd, both) == 0
		? 0
		: gm_error_errno("cannot set the time of '%s'", bulk->path);
}

int gm_bulk_seal(struct gm_manifest_segment *out, struct gm_bulk *bulk)
{
	int rc = flush(bulk);

	*out = (struct gm_manifest_segment){bulk->number, bulk->id, bulk->size};
	return rc < 0 ? rc : gm_fdatasync(bulk->fd, bulk->path);
}

void gm_bulk_set_published(struct gm_bulk *bulk)
{
	bulk->is_published = true;
}

int gm_bulk_publish(struct gm_bulk *bulk)
{
	struct gm_manifest_segment line;
	int rc = gm_bulk_seal(&line, bulk);

	if (rc < 0)
		return rc;
	/* From here on the manifest may name it, whatever else fails. */
	bulk->is_published = true;
	return gm_segments_publish(
		bulk->segments, &line, bulk->entries, bulk->n, bulk->oldest);
}
