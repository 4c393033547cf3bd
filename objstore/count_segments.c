#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "objstore/count.h"
#include "objstore/internal.h"

/* What was read of a mapped segment is given back to the system after so many bytes. */
#define STEP ((size_t)16 << 20)

/* A file that nothing names yet is on its way until it is this old, in seconds. */
#define LITTER_AGE_S 60

#define TRIES_MAX 10

struct counting {
	struct gm_segments_count *out;
	const struct gm_segments *segments;
	uint64_t number;              /* of the segment that is walked */
	const struct gm_segment *map; /* NULL for the active one */
	size_t given_back;
};

static void give_back(struct counting *counting, size_t offset)
{
	if (!counting->map || offset < counting->given_back + STEP)
		return;
	const uint8_t *from = counting->map->map + counting->given_back;
	(void)madvise((void *)(uintptr_t)from, STEP, MADV_DONTNEED); /* a hint */
	counting->given_back += STEP;
}

/* Whether a newer copy stands elsewhere: the one that readers take. */
static bool is_outdated(
	const struct counting *counting, const struct gm_oid *oid, uint64_t offset)
{
	const struct gm_segments *segments = counting->segments;
	struct gm_index_entry entry;
	uint64_t found;
	uint32_t at;

	if (segments->tail && gm_tail_find(&found, segments->tail, oid))
		return counting->map || found != offset;
	for (size_t i = segments->manifest.n_indexes; i-- > 0;) {
		if (!segments->indexes[i] ||
			!gm_segment_index_find(&at, segments->indexes[i], oid))
			continue;
		gm_segment_index_entry(&entry, segments->indexes[i], at);
		return entry.place != gm_place(counting->number, offset);
	}
	return false;
}

static void add(struct gm_record_count *count, const struct gm_record *record)
{
	count->n++;
	count->raw += record->raw_size;
	count->stored += record->size;
}

static int count_record(const struct gm_record *record, uint64_t offset, void *payload)
{
	struct counting *counting = payload;
	struct gm_segments_count *out = counting->out;
	struct gm_oid oid;

	give_back(counting, (size_t)offset);
	if (record->class == GM_RECORD_REF)
		add(&out->refs, record);
	if (!gm_record_is_object(record))
		return 0;
	memcpy(oid.bytes, record->oid, GM_OID_SIZE);
	if (is_outdated(counting, &oid, offset)) {
		add(&out->outdated, record);
		return 0;
	}
	add(&out->classes[record->class], record);
	add(&out->encodings[record->encoding], record);
	return 0;
}

static int count_damage(uint64_t from, uint64_t to, void *payload)
{
	struct counting *counting = payload;

	counting->out->damaged += to - from;
	return 0;
}

static int walk(struct counting *counting, const uint8_t *bytes, size_t size, uint64_t id)
{
	const struct gm_segment_walk each = {count_record, count_damage, counting};

	return gm_segment_walk(bytes, GM_SEGMENT_HEADER_SIZE, size, id, &each);
}

static int walk_sealed(struct counting *counting, struct gm_segments *segments, size_t at)
{
	struct gm_segment *segment = NULL;
	int rc = gm_segments_sealed(&segment, segments, at);

	if (rc < 0)
		return rc;
	counting->number = segment->number;
	counting->map = segment;
	counting->given_back = 0;
	return walk(counting, segment->map, segment->size, segment->id);
}

static int walk_tail(struct counting *counting, const struct gm_tail *tail)
{
	counting->number = tail->number;
	counting->map = NULL;
	counting->out->torn.size += tail->behind;
	return walk(
		counting, (const uint8_t *)tail->bytes.ptr, tail->bytes.size, tail->id);
}

/* A bulk writer holds its segment until the manifest names it. */
static bool is_held(const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Where a file is counted; NULL for the few that are always there, and for the young. */
static struct gm_file_count *kind_of(const struct counting *counting, const char *name,
	const char *path, const struct stat *st)
{
	struct gm_segments_count *out = counting->out;
	const struct {
		const char *prefix;
		struct gm_file_count *count;
	} kinds[] = {{"seg-", &out->segments}, {"idx-", &out->indexes},
		{"dict-", &out->dictionaries}, {"refs-", &out->ref_files},
		{"log-", &out->log_files}, {"torn-", &out->torn}, {"tmp-", NULL}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
			continue;
		if (kinds[i].count == &out->torn ||
			gm_manifest_names(&counting->segments->manifest, name))
			return kinds[i].count;
		return time(NULL) - st->st_mtime > LITTER_AGE_S && !is_held(path)
			? &out->litter
			: NULL;
	}
	return NULL;
}

static int count_file(const char *name, void *payload)
{
	const struct counting *counting = payload;
	gm_autofree char *path = gm_path_join(counting->segments->dir, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	/* One that has gone meanwhile does not count. */
	if (lstat(path, &st) < 0)
		return 0;
	struct gm_file_count *count = kind_of(counting, name, path, &st);
	if (count) {
		count->n++;
		count->size += (uint64_t)st.st_size;
	}
	return 0;
}

static int count_all(struct gm_segments_count *out, struct gm_segments *segments)
{
	struct gm_segments_count count = {.damaged = 0};
	struct counting counting = {.out = &count, .segments = segments};
	int rc = gm_segments_fault(segments);

	for (size_t i = 0; rc == 0 && i < segments->manifest.n_segments; i++)
		rc = walk_sealed(&counting, segments, i);
	if (rc == 0 && segments->tail)
		rc = walk_tail(&counting, segments->tail);
	if (rc == 0)
		rc = gm_dir_each(segments->dir, count_file, &counting);
	if (rc == 0)
		*out = count;
	return rc;
}

int gm_store_count_segments(struct gm_segments_count *out, struct gm_store *store)
{
	struct gm_segments *segments = store->segments;
	int rc = segments ? gm_segments_refresh(segments) : 0;

	if (rc < 0)
		return rc;
	if (!segments) {
		*out = (struct gm_segments_count){.damaged = 0};
		return 0;
	}
	/* A segment that has gone was taken away by gc when a newer manifest says so. */
	for (int tries = 1;; tries++) {
		rc = count_all(out, segments);
		if (rc != GM_EMISMATCH || tries == TRIES_MAX)
			return rc;
		int seen = gm_segments_refresh(segments);
		if (seen <= 0)
			return seen < 0 ? seen : rc;
	}
}
