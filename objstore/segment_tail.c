#include "objstore/segment_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hole.h"
#include "base/mapping.h"
#include "base/seam.h"
#include "objstore/segment_flip.h"
#include "objstore/segment_io.h"

/* A segment is sealed long before; more than this is not looked at in one go. */
#define READ_MAX ((size_t)64 << 20)

static void forget(struct gm_tail *tail)
{
	tail->epoch++;
	gm_map_dispose(&tail->by_oid);
	tail->by_oid = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	tail->n_objects = tail->n_refs = tail->n_records = tail->n_damage = 0;
	tail->last_group = 0;
	tail->behind = 0;
	gm_buf_reset(&tail->bytes);
}

void gm_tail_free(struct gm_tail *tail)
{
	if (!tail)
		return;
	forget(tail);
	gm_buf_dispose(&tail->bytes);
	gm_free(tail->objects);
	gm_free(tail->refs);
	gm_free(tail->damage);
	gm_free(tail->path);
	gm_close_p(&tail->fd);
	gm_free(tail);
}

static const uint8_t *bytes_of(const struct gm_tail *tail)
{
	return (const uint8_t *)tail->bytes.ptr;
}

static int add_object(struct gm_tail *tail, const struct gm_record *record, size_t offset)
{
	int rc = gm_grow(&tail->objects, &tail->cap_objects, tail->n_objects + 1,
		sizeof(*tail->objects));

	if (rc == 0)
		rc = gm_map_put(&tail->by_oid, record->oid, tail->n_objects);
	if (rc < 0)
		return rc;
	struct gm_tail_object *object = &tail->objects[tail->n_objects++];
	memcpy(object->oid.bytes, record->oid, GM_OID_SIZE);
	object->offset = offset;
	return 0;
}

static int add_ref(struct gm_tail *tail, size_t offset)
{
	int rc = gm_grow(
		&tail->refs, &tail->cap_refs, tail->n_refs + 1, sizeof(*tail->refs));

	if (rc == 0)
		tail->refs[tail->n_refs++] = offset;
	return rc;
}

/* Records of a whole group, whose checksum was compared, count, its ref updates too. */
static int add_group(struct gm_tail *tail, size_t from, size_t to)
{
	struct gm_record record;
	int rc = 0;

	for (; rc == 0 && from < to; from += record.size) {
		rc = gm_record_parse_checked(&record, bytes_of(tail) + from, to - from);
		if (rc == GM_EMISMATCH)
			return gm_error(
				rc, "'%s' is damaged at byte %zu", tail->path, from);
		if (rc < 0)
			return gm_error_prefix("'%s'", tail->path);
		if (gm_record_is_object(&record))
			rc = add_object(tail, &record, from);
		else if (record.class == GM_RECORD_REF)
			rc = add_ref(tail, from);
		tail->n_records++;
	}
	return rc;
}

struct salvage {
	struct gm_tail *tail;
	bool with_refs;
	bool only_blobs; /* all that is damaged */
};

static int salvage_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct salvage *salvage = payload;
	struct gm_tail *tail = salvage->tail;

	if (salvage->with_refs)
		return record->class == GM_RECORD_REF ? add_ref(tail, (size_t)offset) : 0;
	tail->n_records++;
	return gm_record_is_object(record) ? add_object(tail, record, (size_t)offset) : 0;
}

static int salvage_damage(uint64_t from, uint64_t to, void *payload)
{
	struct salvage *salvage = payload;
	const struct gm_tail *tail = salvage->tail;
	int class = gm_record_damaged_class(
		bytes_of(tail) + from, (size_t)(to - from), tail->id, from);

	if (class != GM_OBJECT_BLOB)
		salvage->only_blobs = false;
	return class < 0 ? class : 0;
}

static int add_span(struct gm_tail *tail, size_t from, size_t to)
{
	int rc = gm_grow(&tail->damage, &tail->cap_damage, tail->n_damage + 1,
		sizeof(*tail->damage));

	if (rc == 0)
		tail->damage[tail->n_damage++] = (struct gm_tail_span){from, to};
	return rc;
}

/*
 * Objects are taken up one by one. The ref updates of a group that was whole once count if
 * nothing but memories is damaged: all others are found by way of them.
 */
static int add_damaged(struct gm_tail *tail, size_t from, size_t to, bool is_group)
{
	struct salvage salvage = {tail, false, true};
	const struct gm_segment_walk walk = {salvage_record, salvage_damage, &salvage};
	int rc = add_span(tail, from, to);

	if (rc < 0)
		return rc;
	rc = gm_segment_walk(bytes_of(tail), from, to, tail->id, &walk);
	salvage.with_refs = true;
	if (rc == 0 && is_group && salvage.only_blobs)
		rc = gm_segment_walk(bytes_of(tail), from, to, tail->id, &walk);
	return rc == GM_EINVALID ? gm_error_prefix("'%s'", tail->path) : rc;
}

/* Take up the groups from `end` to `to` of whose ends a bit is flipped. */
static int add_flipped(struct gm_tail *tail, size_t *end, size_t to)
{
	size_t at = 0;
	size_t next = 0;
	int rc;

	while ((rc = gm_segment_flipped_group(
			&at, &next, bytes_of(tail), *end, to, tail->id)) > 0) {
		rc = add_group(tail, *end, at);
		if (rc == 0)
			rc = add_span(tail, at, next);
		if (rc < 0)
			return rc;
		*end = next;
	}
	return rc;
}

/* 1 when `record` ends a group, 0 when none does, with the place in `at`. */
static int find_group_end(
	struct gm_record *record, size_t *at, const struct gm_tail *tail, size_t from)
{
	const uint8_t *bytes = bytes_of(tail);
	size_t to = tail->bytes.size;
	int rc = 0;

	for (; from < to; from += record->size) {
		rc = gm_record_parse(record, bytes + from, to - from, tail->id, from);
		if (rc == GM_EINVALID)
			return gm_error_prefix("'%s'", tail->path);
		if (rc < 0)
			break;
		*at = from;
		if (record->class == GM_RECORD_GROUP_END)
			return 1;
	}
	for (; from + 4 < to; from++) {
		if (bytes[from + 4] != GM_RECORD_GROUP_END)
			continue;
		*at = from;
		if (gm_record_parse(record, bytes + from, to - from, tail->id, from) == 0)
			return 1;
	}
	return 0;
}

/*
 * Whether all behind `from` is one group that a power cut kept from being written whole: it has
 * holes, or ends early. What was once whole and is damaged has none; and behind it there is
 * more, for nobody appends to what is not whole.
 */
static bool is_unfinished(const struct gm_tail *tail, size_t from)
{
	const uint8_t *bytes = bytes_of(tail);
	size_t to = tail->bytes.size;
	struct gm_record record;
	size_t next;

	for (size_t at = from; at < to; at = next) {
		if (gm_record_parse(&record, bytes + at, to - at, tail->id, at) == 0) {
			next = at + record.size;
			if (record.class == GM_RECORD_GROUP_END && next < to)
				return false;
			continue;
		}
		if (!gm_segment_resync(&next, bytes, at + 1, to, tail->id) ||
			(next < to && !gm_has_hole(bytes, at, next, to)))
			return false;
	}
	return true;
}

/* Room for the objects of all records to come, which are counted by their sizes alone. */
static int make_room(struct gm_tail *tail, size_t from)
{
	size_t n = tail->n_objects;
	size_t size;

	while (from < tail->bytes.size &&
		(size = gm_record_extent(
			 bytes_of(tail) + from, tail->bytes.size - from))) {
		from += size;
		n++;
	}
	int rc = gm_grow(&tail->objects, &tail->cap_objects, n, sizeof(*tail->objects));
	return rc < 0 ? rc : gm_map_reserve(&tail->by_oid, n);
}

/* The rule: one whole group behind the other. */
static int add_whole_groups(struct gm_tail *tail, size_t *end)
{
	struct gm_record record;
	size_t at;

	while (gm_group_at(
		&record, &at, bytes_of(tail), *end, tail->bytes.size, tail->id)) {
		int rc = add_group(tail, *end, at);
		if (rc < 0)
			return rc;
		tail->last_group = at;
		*end = at + record.size;
	}
	return 0;
}

/* Take up the groups in `bytes` from `end` on; leaves `bytes` at the end of the last one. */
static int scan(struct gm_tail *tail, size_t end)
{
	const uint8_t *bytes = bytes_of(tail);
	struct gm_record record;
	size_t at = 0;
	int rc = make_room(tail, end);

	if (rc == 0)
		rc = add_whole_groups(tail, &end);
	while (rc == 0 && (rc = find_group_end(&record, &at, tail, end)) > 0) {
		size_t size = gm_group_end_check(&record, bytes + at, at - end);
		size_t start = at - size; /* `at` when the group is not whole */
		if (!size && at + record.size == tail->bytes.size &&
			is_unfinished(tail, end))
			break;
		if (start > end)
			rc = add_flipped(tail, &end, start);
		if (rc >= 0 && start > end)
			rc = add_damaged(tail, end, start, !size);
		if (rc >= 0 && size)
			rc = add_group(tail, start, at);
		if (rc < 0)
			return rc;
		tail->last_group = at;
		end = at + record.size;
		rc = add_whole_groups(tail, &end);
	}
	if (rc == 0)
		rc = add_flipped(tail, &end, tail->bytes.size);
	if (rc < 0)
		return rc;
	tail->behind = tail->bytes.size - end;
	tail->bytes.size = end;
	return 0;
}

static int load(struct gm_tail *tail, uint64_t file_size)
{
	size_t from = tail->bytes.size;
	size_t n = file_size > from ? (size_t)(file_size - from) : 0;

	if (n > READ_MAX)
		n = READ_MAX;
	int rc = gm_buf_reserve(&tail->bytes, n);
	if (rc == 0)
		gm_populate(tail->bytes.ptr + from, n);
	if (rc == 0)
		rc = gm_read_at(
			&n, tail->fd, from, tail->bytes.ptr + from, n, tail->path);
	if (rc == 0)
		tail->bytes.size = from + n;
	return rc;
}

static int scan_all(struct gm_tail *tail, uint64_t file_size)
{
	uint64_t id;
	uint64_t number;

	forget(tail);
	int rc = load(tail, file_size);
	if (rc == 0)
		rc = gm_segment_header_parse(
			&id, &number, bytes_of(tail), tail->bytes.size, tail->path);
	if (rc == 0 && (id != tail->id || number != tail->number))
		rc = gm_error(
			GM_EMISMATCH, "'%s' is not the segment it should be", tail->path);
	if (rc == GM_EMISMATCH &&
		gm_segment_header_flipped(
			bytes_of(tail), tail->bytes.size, tail->id, tail->number))
		rc = add_span(tail, 0, GM_SEGMENT_HEADER_SIZE);
	return rc < 0 ? rc : scan(tail, GM_SEGMENT_HEADER_SIZE);
}

/* A writer whose flush failed takes a group back, and others follow in its place. */
static bool is_same_file(const struct gm_tail *tail, uint64_t file_size)
{
	size_t size = tail->bytes.size - tail->last_group;
	uint8_t found[64];
	size_t n;

	if (file_size < tail->bytes.size || !tail->bytes.size)
		return false;
	if (!tail->last_group)
		return true;
	return size <= sizeof(found) &&
		gm_read_at(&n, tail->fd, tail->last_group, found, size, tail->path) ==
		0 &&
		n == size && memcmp(found, bytes_of(tail) + tail->last_group, size) == 0;
}

int gm_tail_refresh(struct gm_tail *tail)
{
	size_t before = tail->bytes.size;
	size_t n_damage = tail->n_damage;
	struct stat st;
	int rc;

	if (fstat(tail->fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", tail->path);
	if ((uint64_t)st.st_size == tail->file_size &&
		st.st_mtim.tv_sec == tail->modified.tv_sec &&
		st.st_mtim.tv_nsec == tail->modified.tv_nsec)
		return 0;
	if (is_same_file(tail, (uint64_t)st.st_size)) {
		rc = load(tail, (uint64_t)st.st_size);
		if (rc == 0)
			rc = scan(tail, before);
	} else {
		before = n_damage = 0;
		rc = scan_all(tail, (uint64_t)st.st_size);
	}
	/* Damage may be a writer that cut a torn rest while we read: look again. */
	if (rc == 0 && tail->n_damage > n_damage)
		rc = scan_all(tail, (uint64_t)st.st_size);
	if (rc < 0) {
		forget(tail);
		tail->file_size = 0;
		return rc;
	}
	tail->file_size = (uint64_t)st.st_size;
	tail->modified = st.st_mtim;
	return tail->bytes.size != before;
}

int gm_tail_extend(struct gm_tail *tail, const void *records, size_t size)
{
	size_t from = tail->bytes.size;
	int rc = gm_buf_put(&tail->bytes, records, size);

	return rc < 0 ? rc : add_group(tail, from, from + size);
}

int gm_tail_extended(struct gm_tail *tail, const struct gm_buf *end)
{
	struct stat st;
	size_t at = tail->bytes.size;
	int rc = gm_buf_put(&tail->bytes, end->ptr, end->size);

	if (rc < 0)
		return rc;
	if (fstat(tail->fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", tail->path);
	tail->last_group = at;
	tail->file_size = (uint64_t)st.st_size;
	tail->modified = st.st_mtim;
	return 0;
}

int gm_tail_take_back(struct gm_tail *tail)
{
	struct stat st;

	tail->file_size = 0;
	if (fstat(tail->fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", tail->path);
	int rc = scan_all(tail, (uint64_t)st.st_size);
	if (rc < 0)
		forget(tail);
	return rc;
}

int gm_tail_open(struct gm_tail **out, const char *dir, uint64_t number, uint64_t id)
{
	gm_cleanup(gm_tail_free_p) struct gm_tail *tail = gm_calloc(1, sizeof(*tail));
	char name[GM_STORE_NAME_MAX];
	size_t size;

	if (!tail)
		return GM_ENOMEM;
	tail->fd = -1;
	tail->bytes.max = GM_BUF_LARGE;
	tail->number = number;
	tail->id = id;
	gm_store_file_name(name, "seg", number);
	tail->path = gm_path_join(dir, name);
	if (!tail->path)
		return GM_ENOMEM;
	int rc = gm_open_regular(&tail->fd, &size, tail->path);
	if (rc == GM_ENOTFOUND)
		return gm_error(rc, "'%s' does not exist", tail->path);
	if (rc == 0)
		rc = gm_tail_refresh(tail);
	if (rc < 0)
		return rc;
	*out = gm_steal(&tail);
	return 0;
}

int gm_tail_record(struct gm_record *out, const struct gm_tail *tail, uint64_t offset)
{
	int rc = GM_EMISMATCH;

	if (offset < tail->bytes.size)
		rc = gm_record_parse(out, bytes_of(tail) + offset,
			tail->bytes.size - (size_t)offset, tail->id, offset);
	if (rc == GM_EMISMATCH)
		return gm_error(rc, "'%s' is damaged at byte %llu", tail->path,
			(unsigned long long)offset);
	return rc < 0 ? gm_error_prefix("'%s'", tail->path) : 0;
}

bool gm_tail_find(
	uint64_t *offset_out, const struct gm_tail *tail, const struct gm_oid *oid)
{
	uint64_t at;

	if (!gm_map_get(&at, &tail->by_oid, oid->bytes))
		return false;
	*offset_out = tail->objects[at].offset;
	return true;
}

/* Read what stands behind the last group, for as long as the caller looks at it. */
static int load_rest(size_t *end_out, struct gm_tail *tail)
{
	struct stat st;

	if (fstat(tail->fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", tail->path);
	*end_out = tail->bytes.size;
	return load(tail, (uint64_t)st.st_size);
}

static enum gm_tail_rest judge(const struct gm_tail *tail, size_t at)
{
	if (at == tail->bytes.size)
		return GM_TAIL_CLEAN;
	return is_unfinished(tail, at) ? GM_TAIL_TORN : GM_TAIL_DAMAGED;
}

int gm_tail_judge(enum gm_tail_rest *out, struct gm_tail *tail)
{
	size_t end;
	int rc = load_rest(&end, tail);

	if (rc < 0)
		return rc;
	/* Damage in front of the last group is not appended to either. */
	*out = tail->n_damage || tail->bytes.size - end == READ_MAX ? GM_TAIL_DAMAGED
								    : judge(tail, end);
	tail->bytes.size = end;
	return 0;
}

int gm_tail_salvage(struct gm_tail *tail)
{
	size_t end;
	int rc = load_rest(&end, tail);

	if (rc == 0 && tail->bytes.size > end)
		rc = add_damaged(tail, end, tail->bytes.size, false);
	return rc;
}

static int keep_rest(const struct gm_tail *tail, const char *dir, size_t end)
{
	gm_autofree char *path = gm_format(
		"%s/torn-%08llu-%zu", dir, (unsigned long long)tail->number, end);

	if (!path)
		return GM_ENOMEM;
	return gm_file_write(path, tail->bytes.ptr + end, tail->bytes.size - end);
}

int gm_tail_cut(struct gm_tail *tail, const char *dir)
{
	size_t end;
	int rc = load_rest(&end, tail);

	if (rc < 0)
		return rc;
	rc = keep_rest(tail, dir, end);
	tail->bytes.size = end;
	if (rc < 0)
		return rc;
	gm_autoclose int fd = open(tail->path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || gm_sys_ftruncate(fd, (off_t)end) < 0)
		return gm_error_errno("cannot cut '%s'", tail->path);
	tail->behind = 0;
	return gm_fdatasync(fd, tail->path);
}
