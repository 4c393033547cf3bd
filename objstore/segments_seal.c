#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/segment_io.h"
#include "objstore/segment_refs.h"
#include "objstore/segments_write.h"

int gm_segments_write_manifest(struct gm_segments *segments, struct gm_manifest *next)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *path = gm_path_join(segments->dir, "manifest");

	if (!path)
		return GM_ENOMEM;
	next->generation++;
	int rc = gm_manifest_format(&text, next);
	if (rc == 0)
		rc = gm_fsync_dir(segments->dir); /* the names of the files it names */
	if (rc == 0)
		rc = gm_file_write(path, text.ptr, text.size);
	if (rc == 0)
		rc = gm_segments_refresh(segments);
	return rc < 0 ? rc : 0;
}

/* Entries of an index in the making. */
struct entries {
	struct gm_index_entry *items;
	size_t n;
	size_t cap;
};

static int add_index_entries(
	struct entries *entries, const struct gm_segment_index *index)
{
	int rc = gm_grow(&entries->items, &entries->cap, entries->n + index->n,
		sizeof(*entries->items));

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < index->n; i++)
		gm_segment_index_entry(&entries->items[entries->n++], index, i);
	return 0;
}

/*
 * Take indexes in that are not much larger, the newest first, as long as little is rewritten.
 * Those that are damaged stay, for fsck to name.
 */
static int take_in(struct entries *entries, struct gm_manifest_index *line,
	struct gm_segments *segments, struct gm_manifest *next)
{
	while (next->n_indexes) {
		size_t at = next->n_indexes - 1;
		const struct gm_manifest_index *before = &next->indexes[at];
		struct gm_segment_index *index = segments->indexes[at];
		if (!index || index->n / 2 >= entries->n ||
			(index->n + entries->n) * GM_INDEX_ENTRY_SIZE > GM_MERGE_BYTES ||
			gm_segment_index_check(index) < 0)
			break;
		int rc = add_index_entries(entries, index);
		if (rc < 0)
			return rc;
		line->first = line->first < before->first ? line->first : before->first;
		line->last = line->last > before->last ? line->last : before->last;
		next->n_indexes--;
	}
	return 0;
}

/* Write an index for `entries` and what it takes in; `next` names it. */
static int add_index(struct entries *entries, uint64_t number,
	struct gm_segments *segments, struct gm_manifest *next)
{
	struct gm_manifest_index line = {.first = number, .last = number};

	if (!entries->n)
		return 0;
	int rc = take_in(entries, &line, segments, next);
	if (rc < 0)
		return rc;
	gm_store_file_name(line.file, "idx", number);
	rc = gm_segment_index_write(
		segments->dir, line.file, entries->items, &entries->n);
	line.n = entries->n;
	return rc < 0 ? rc : gm_manifest_add_index(next, &line);
}

static bool names_file(const struct gm_manifest *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->n_indexes; i++)
		if (!strcmp(manifest->indexes[i].file, file))
			return true;
	for (size_t i = 0; i < manifest->n_logs; i++)
		if (!strcmp(manifest->logs[i], file))
			return true;
	return !strcmp(manifest->refs, file);
}

/* Best effort: what stays is litter, which gc finds. */
static void remove_unless_named(struct gm_segments *segments, const char *file)
{
	gm_autofree char *path = *file && !names_file(&segments->manifest, file)
		? gm_path_join(segments->dir, file)
		: NULL;

	if (path)
		(void)gm_sys_unlink(path);
}

/* Files that `before` names and the store does not any more. */
static void remove_old(struct gm_segments *segments, const struct gm_manifest *before)
{
	for (size_t i = 0; i < before->n_indexes; i++)
		remove_unless_named(segments, before->indexes[i].file);
	for (size_t i = 0; i < before->n_logs; i++)
		remove_unless_named(segments, before->logs[i]);
	remove_unless_named(segments, before->refs);
}

static int gather_tail(struct entries *entries, struct gm_segments *segments)
{
	const struct gm_tail *tail = segments->tail;
	int rc = gm_grow(
		&entries->items, &entries->cap, tail->n_objects, sizeof(*entries->items));

	for (size_t i = 0; rc == 0 && i < tail->n_objects; i++) {
		struct gm_index_entry *entry = &entries->items[entries->n++];
		entry->oid = tail->objects[i].oid;
		entry->place = gm_place(tail->number, tail->objects[i].offset);
		rc = gm_segments_sha256(entry->sha256, segments, &entry->oid);
		/* One that cannot be read has none; reading it will say why. */
		if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH) {
			memset(entry->sha256, 0, GM_SHA256_SIZE);
			rc = 0;
		}
	}
	return rc;
}

static bool has_dictionary(const struct gm_manifest *manifest, enum gm_object_type class)
{
	for (size_t i = 0; i < manifest->n_dictionaries; i++)
		if (manifest->dictionaries[i].class == class &&
			manifest->dictionaries[i].slot < GM_DICTIONARY_SLOT_GC)
			return true;
	return false;
}

static int add_dictionary(
	struct gm_manifest *next, struct gm_manifest_dictionary *dictionary)
{
	bool used[GM_DICTIONARY_SLOTS] = {false};
	unsigned slot = 0;

	for (size_t i = 0; i < next->n_dictionaries; i++)
		used[next->dictionaries[i].slot] = true;
	while (slot < GM_DICTIONARY_SLOT_GC && used[slot])
		slot++;
	if (slot == GM_DICTIONARY_SLOT_GC)
		return GM_ENO;
	dictionary->slot = slot;
	return gm_manifest_add_dictionary(next, dictionary);
}

static int sample_record(struct gm_samples *samples, struct gm_segments *segments,
	const struct gm_copy *copy)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	int rc = gm_segments_decode_stored(&data, segments, copy);

	/* What cannot be read is no sample. */
	if (rc == GM_EMISMATCH)
		return 0;
	return rc < 0 ? rc : gm_samples_add(samples, data.ptr, data.size);
}

struct sampling {
	struct gm_samples *samples;
	struct gm_segments *segments;
	enum gm_object_type class;
	uint64_t segment_id;
};

static int sample_one(const struct gm_record *record, uint64_t offset, void *payload)
{
	const struct sampling *sampling = payload;
	const struct gm_copy copy = {*record, sampling->segment_id, offset};

	if (record->class != (unsigned)sampling->class ||
		gm_samples_full(sampling->samples))
		return 0;
	return sample_record(sampling->samples, sampling->segments, &copy);
}

/* The active segment, and a few before it, as long as there are not enough. */
static int gather_samples(struct gm_samples *samples, struct gm_segments *segments,
	enum gm_object_type class)
{
	struct sampling sampling = {samples, segments, class, segments->tail->id};
	const struct gm_segment_walk walk = {sample_one, NULL, &sampling};
	size_t n = segments->manifest.n_segments;
	int rc = gm_segment_walk((const uint8_t *)segments->tail->bytes.ptr,
		GM_SEGMENT_HEADER_SIZE, segments->tail->bytes.size, segments->tail->id,
		&walk);

	for (size_t i = 0; rc == 0 && i < n && i < 4; i++) {
		struct gm_segment *segment;
		if (samples->n >= GM_DICTIONARY_SAMPLES_MIN)
			break;
		rc = gm_segments_sealed(&segment, segments, n - 1 - i);
		if (rc == GM_EMISMATCH || rc == GM_EINVALID) {
			rc = 0;
			continue;
		}
		if (rc < 0)
			break;
		sampling.segment_id = segment->id;
		rc = gm_segment_walk(segment->map, GM_SEGMENT_HEADER_SIZE, segment->size,
			segment->id, &walk);
	}
	return rc;
}

static int train(struct gm_segments *segments, struct gm_manifest *next,
	enum gm_object_type class, const struct gm_samples *samples)
{
	struct gm_manifest_dictionary dictionary;
	int rc = gm_dictionary_train(
		&dictionary, segments->dir, class, samples, GM_DICTIONARY_SIZE);

	if (rc == 0)
		rc = add_dictionary(next, &dictionary);
	return rc == GM_ENO ? 0 : rc;
}

/* One class at a time, as others wait. */
static int learn_one(struct gm_segments *segments, struct gm_manifest *next)
{
	static const enum gm_object_type classes[] = {
		GM_OBJECT_BLOB, GM_OBJECT_COMMIT, GM_OBJECT_TREE};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 3; i++) {
		struct gm_samples samples = GM_SAMPLES_INIT;
		size_t before = next->n_dictionaries;
		if (has_dictionary(next, classes[i]))
			continue;
		rc = gather_samples(&samples, segments, classes[i]);
		if (rc == 0)
			rc = train(segments, next, classes[i], &samples);
		gm_samples_dispose(&samples);
		if (next->n_dictionaries > before)
			break;
	}
	return rc;
}

static int seal_into(struct gm_segments *segments, struct gm_manifest *next, int *fd)
{
	const struct gm_tail *tail = segments->tail;
	struct entries entries = {.items = NULL};
	int rc = gm_manifest_add_segment(next, tail->number, tail->id, tail->bytes.size);

	if (rc == 0)
		rc = gather_tail(&entries, segments);
	if (rc == 0)
		rc = add_index(&entries, tail->number, segments, next);
	gm_free(entries.items);
	if (rc == 0)
		rc = gm_segment_refs_seal(segments, next);
	if (rc == 0)
		rc = learn_one(segments, next);
	if (rc < 0)
		return rc;
	next->active = tail->number + 1;
	rc = gm_segment_create(fd, &next->active, &next->active_id, segments->dir);
	return rc < 0 ? rc : gm_fdatasync(*fd, segments->dir);
}

/* Nothing of a sealed segment may be less durable than the manifest that names it. */
static int flush_tail(const struct gm_tail *tail)
{
	gm_autoclose int fd = open(tail->path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? gm_error_errno("cannot flush '%s'", tail->path)
		      : gm_fdatasync(fd, tail->path);
}

int gm_segments_seal(struct gm_segments *segments)
{
	gm_automanifest next = {.generation = 0};
	gm_automanifest before = {.generation = 0};
	gm_autoclose int fd = -1;
	int rc = gm_tail_salvage(segments->tail);

	if (rc == 0)
		rc = flush_tail(segments->tail);
	if (rc == 0)
		rc = gm_manifest_copy(&next, &segments->manifest);
	if (rc == 0)
		rc = gm_manifest_copy(&before, &segments->manifest);
	if (rc == 0)
		rc = seal_into(segments, &next, &fd);
	if (rc == 0)
		rc = gm_segments_write_manifest(segments, &next);
	if (rc == 0)
		remove_old(segments, &before);
	return rc;
}

static int publish(struct gm_segments *segments,
	const struct gm_manifest_segment *segment, struct entries *entries,
	const struct gm_manifest_index *line)
{
	gm_automanifest next = {.generation = 0};
	gm_automanifest before = {.generation = 0};
	int rc = gm_manifest_copy(&next, &segments->manifest);

	if (rc == 0)
		rc = gm_manifest_copy(&before, &segments->manifest);
	if (rc == 0)
		rc = gm_manifest_add_segment(
			&next, segment->number, segment->id, segment->size);
	if (rc == 0)
		rc = line ? gm_manifest_add_index(&next, line)
			  : add_index(entries, segment->number, segments, &next);
	if (rc == 0)
		rc = gm_segments_write_manifest(segments, &next);
	if (rc == 0)
		remove_old(segments, &before);
	return rc;
}

int gm_segments_publish(struct gm_segments *segments,
	const struct gm_manifest_segment *segment, struct gm_index_entry *entries,
	size_t n)
{
	struct gm_manifest_index line = {
		.first = segment->number, .last = segment->number};
	struct entries all = {.items = NULL};
	bool is_large = n * GM_INDEX_ENTRY_SIZE > GM_MERGE_BYTES;
	int rc = gm_grow(&all.items, &all.cap, n, sizeof(*all.items));

	if (rc < 0)
		return rc;
	if (n)
		memcpy(all.items, entries, n * sizeof(*entries));
	all.n = n;
	gm_store_file_name(line.file, "idx", segment->number);
	/* A large one is not merged, so that it can be written before the lock is taken. */
	if (is_large)
		rc = gm_segment_index_write(segments->dir, line.file, all.items, &all.n);
	line.n = all.n;
	if (rc == 0)
		rc = gm_segments_lock(segments);
	if (rc == 0) {
		rc = publish(segments, segment, &all, is_large ? &line : NULL);
		gm_segments_unlock(segments);
	}
	gm_free(all.items);
	return rc;
}

int gm_segments_learn(struct gm_segments *segments, enum gm_object_type class,
	const struct gm_samples *samples)
{
	struct gm_manifest_dictionary dictionary;
	gm_automanifest next = {.generation = 0};

	if (has_dictionary(&segments->manifest, class))
		return 0;
	int rc = gm_dictionary_train(
		&dictionary, segments->dir, class, samples, GM_DICTIONARY_SIZE);
	if (rc == 0)
		rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc == GM_ENO ? 0 : rc;
	/* Another one may have been faster. */
	if (!has_dictionary(&segments->manifest, class)) {
		rc = gm_manifest_copy(&next, &segments->manifest);
		if (rc == 0)
			rc = add_dictionary(&next, &dictionary);
		if (rc == 0)
			rc = gm_segments_write_manifest(segments, &next);
	}
	gm_segments_unlock(segments);
	return rc == GM_ENO ? 0 : rc;
}
