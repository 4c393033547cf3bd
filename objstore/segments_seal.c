#include "objstore/segments_upkeep.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/segment_io.h"
#include "objstore/segment_refs.h"
#include "objstore/segments_locks.h"
#include "objstore/source.h"

/* A manifest on its way: written and flushed, in a file that has not its name yet. */
static int write_apart(
	struct gm_tempfile *out, struct gm_segments *segments, struct gm_manifest *next)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);

	next->generation++;
	int rc = gm_manifest_format(&text, next);
	if (rc == 0)
		rc = gm_fsync_dir(segments->dir); /* the names of the files it names */
	if (rc == 0)
		rc = gm_tempfile_open(out, segments->dir, "tmp-", 0666);
	if (rc == 0)
		rc = gm_write_all(out->fd, text.ptr, text.size, "manifest");
	return rc < 0 ? rc : gm_fsync(out->fd, "manifest");
}

static int put_in_place(struct gm_segments *segments, struct gm_tempfile *temp)
{
	gm_autofree char *path = gm_path_join(segments->dir, "manifest");
	int rc = path ? gm_rename(temp->path, path) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	gm_tempfile_forget(temp);
	rc = gm_fsync_dir(segments->dir);
	if (rc == 0)
		rc = gm_segments_refresh(segments);
	return rc < 0 ? rc : 0;
}

int gm_segments_write_manifest(struct gm_segments *segments, struct gm_manifest *next)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	int rc = write_apart(&temp, segments, next);

	return rc < 0 ? rc : put_in_place(segments, &temp);
}

/* Best effort: what stays is litter, which gc finds. */
static void remove_unless_named(struct gm_segments *segments, const char *file)
{
	gm_autofree char *path = *file && !gm_manifest_names(&segments->manifest, file)
		? gm_path_join(segments->dir, file)
		: NULL;

	if (path)
		(void)gm_sys_unlink(path);
}

void gm_segments_remove_old(
	struct gm_segments *segments, const struct gm_manifest *before)
{
	for (size_t i = 0; i < before->n_indexes; i++)
		remove_unless_named(segments, before->indexes[i].file);
	for (size_t i = 0; i < before->n_logs; i++)
		remove_unless_named(segments, before->logs[i]);
	remove_unless_named(segments, before->refs);
}

static int entry_of(struct gm_index_entry *out, struct gm_segments *segments, size_t at)
{
	const struct gm_tail *tail = segments->tail;

	out->oid = tail->objects[at].oid;
	out->place = gm_place(tail->number, tail->objects[at].offset);
	int rc = gm_segments_sha256_now(out->sha256, segments, &out->oid);
	/* One that cannot be read has none; reading it will say why. */
	if (rc != GM_ENOTFOUND && rc != GM_EMISMATCH)
		return rc;
	memset(out->sha256, 0, GM_SHA256_SIZE);
	return 0;
}

/* The index of what will be sealed; `next` names it, with `number`. */
static int index_tail(struct gm_segments *segments, struct gm_manifest *next,
	uint64_t number, struct gm_flushes *later)
{
	const struct gm_tail *tail = segments->tail;
	struct gm_manifest_index line = {.first = tail->number, .last = tail->number};
	size_t n = tail->n_objects;
	int rc = 0;

	if (!n)
		return 0;
	gm_autofree struct gm_index_entry *entries = gm_malloc(n * sizeof(*entries));
	if (!entries)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = entry_of(&entries[i], segments, i);
	if (rc < 0)
		return rc;
	gm_store_file_name(line.file, "idx", number);
	rc = gm_segment_index_write(segments->dir, line.file, entries, &n, later);
	line.n = n;
	return rc < 0 ? rc : gm_manifest_add_index(next, &line);
}

/* The segment that will be the active one. */
struct successor {
	int fd; /* locked, so that nobody takes it for litter */
	uint64_t number;
	uint64_t id;
	bool is_named; /* in a manifest that was written, whether or not that succeeded */
};

#define SUCCESSOR_INIT                       \
	{                                    \
		.fd = -1, .is_named = false, \
	}

static void remove_litter(const char *dir, const char *kind, uint64_t number)
{
	char name[GM_STORE_NAME_MAX];

	gm_store_file_name(name, kind, number);
	gm_autofree char *path = gm_path_join(dir, name);
	if (path)
		(void)gm_sys_unlink(path); /* not all of them need be there */
}

/* The segment last: as long as it is there its number is ours. */
static void successor_dispose(struct successor *successor, const char *dir)
{
	static const char *const kinds[] = {"idx", "refs", "log", "seg"};

	for (size_t i = 0; i < 4 && successor->fd >= 0 && !successor->is_named; i++)
		remove_litter(dir, kinds[i], successor->number);
	gm_close_p(&successor->fd);
}

static int successor_make(struct successor *out, const struct gm_segments *segments)
{
	out->number = segments->manifest.active + 1;
	int rc = gm_segment_create(&out->fd, &out->number, &out->id, segments->dir);
	return rc < 0 ? rc : gm_fdatasync(out->fd, segments->dir);
}

/*
 * Nothing of a sealed segment may be less durable than the manifest that names it, whoever
 * wrote it, and with whatever core.fsync.
 */
int gm_segments_flush_tail(const struct gm_segments *segments)
{
	const struct gm_tail *tail = segments->tail;
	gm_autoclose int fd = open(tail->path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? gm_error_errno("cannot flush '%s'", tail->path)
		      : gm_fdatasync(fd, tail->path);
}

/*
 * All files but the manifest, which `next` is made for. They have the number of the successor,
 * which only its owner has, so that nobody else writes files of these names.
 */
static int seal_into(struct gm_manifest *next, struct gm_segments *segments,
	const struct successor *successor)
{
	const struct gm_tail *tail = segments->tail;
	gm_autoflushes later = {.n = 0};
	int rc = gm_manifest_copy(next, &segments->manifest);

	if (rc == 0)
		rc = gm_manifest_add_segment(
			next, tail->number, tail->id, tail->bytes.size);
	if (rc == 0)
		rc = index_tail(segments, next, successor->number, &later);
	if (rc == 0)
		rc = gm_segment_refs_seal(segments, next, successor->number, &later);
	next->active = successor->number;
	next->active_id = successor->id;
	return rc < 0 ? rc : gm_flushes_run(&later, segments->dir);
}

static int seal(struct gm_segments *segments, struct successor *successor)
{
	gm_automanifest next = {.generation = 0};
	gm_automanifest before = {.generation = 0};
	int rc = gm_tail_salvage(segments->tail);

	if (rc == 0)
		rc = gm_segments_flush_tail(segments);
	if (rc == 0)
		rc = gm_manifest_copy(&before, &segments->manifest);
	if (rc == 0)
		rc = seal_into(&next, segments, successor);
	if (rc < 0)
		return rc;
	successor->is_named = true;
	rc = gm_segments_write_manifest(segments, &next);
	if (rc == 0)
		gm_segments_remove_old(segments, &before);
	return rc;
}

int gm_segments_seal(struct gm_segments *segments)
{
	struct successor successor = SUCCESSOR_INIT;
	int rc = gm_segments_flush(segments);

	if (rc == 0)
		rc = successor_make(&successor, segments);
	if (rc == 0)
		rc = seal(segments, &successor);
	successor_dispose(&successor, segments->dir);
	return rc;
}

/* What is prepared without the lock, and good as long as nothing else has changed. */
struct draft {
	struct successor successor;
	struct gm_tempfile manifest;
	struct gm_manifest before;
	uint64_t id; /* of the active segment, as the next two */
	size_t size;
	unsigned epoch;
};

static void draft_dispose(struct draft *draft, struct gm_segments *segments)
{
	successor_dispose(&draft->successor, segments->dir);
	gm_tempfile_dispose(&draft->manifest);
	gm_manifest_dispose(&draft->before);
}

/*
 * Everything that takes long: names are worked out, and remembered, so that it pays also when
 * others write meanwhile and the files must be written once more.
 */
static int prepare(struct draft *draft, struct gm_segments *segments)
{
	gm_automanifest next = {.generation = 0};
	int rc = gm_manifest_copy(&draft->before, &segments->manifest);

	draft->id = segments->tail->id;
	draft->size = segments->tail->bytes.size;
	draft->epoch = segments->tail->epoch;
	if (rc == 0)
		rc = gm_segments_flush_tail(segments);
	if (rc == 0)
		rc = successor_make(&draft->successor, segments);
	if (rc == 0)
		rc = seal_into(&next, segments, &draft->successor);
	return rc < 0 ? rc : write_apart(&draft->manifest, segments, &next);
}

static bool is_due(const struct gm_tail *tail)
{
	return tail &&
		(tail->n_records >= GM_SEAL_RECORDS || tail->bytes.size >= GM_SEAL_BYTES);
}

static bool is_wanted(const struct gm_tail *tail, bool any)
{
	return any ? tail && tail->n_records : is_due(tail);
}

static bool still_holds(const struct draft *draft, const struct gm_segments *segments)
{
	return segments->manifest.generation == draft->before.generation &&
		segments->tail->bytes.size == draft->size &&
		segments->tail->epoch == draft->epoch && !segments->tail->behind;
}

/* With the lock. */
static int finish(struct draft *draft, struct gm_segments *segments)
{
	/* Another one was faster. */
	if (!segments->tail || segments->tail->id != draft->id)
		return 0;
	if (!still_holds(draft, segments))
		return seal(segments, &draft->successor);
	draft->successor.is_named = true;
	int rc = put_in_place(segments, &draft->manifest);
	if (rc == 0)
		gm_segments_remove_old(segments, &draft->before);
	return rc;
}

static int finish_locked(
	gm_time *held_out, struct draft *draft, struct gm_segments *segments)
{
	int rc = gm_segments_lock(segments);
	gm_time start = gm_time_now();

	if (rc < 0)
		return rc;
	rc = finish(draft, segments);
	gm_segments_unlock(segments);
	*held_out = gm_time_now() - start;
	return rc;
}

static int seal_drafted(gm_time *held_out, struct gm_segments *segments, bool any)
{
	struct draft draft = {.successor = SUCCESSOR_INIT, .manifest = GM_TEMPFILE_INIT};

	*held_out = 0;
	if (!is_wanted(segments->tail, any))
		return 0;
	/* Of those who find it due one is enough. The lock goes with the file. */
	if (flock(segments->tail->fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	/* As a batch, so that nobody takes the files of the draft for litter. */
	int rc = gm_segments_batch_enter(segments);
	if (rc < 0)
		return rc;
	rc = prepare(&draft, segments);
	if (rc == 0)
		rc = finish_locked(held_out, &draft, segments);
	if (segments->tail && segments->tail->id == draft.id)
		(void)flock(segments->tail->fd, LOCK_UN); /* as it was locked */
	draft_dispose(&draft, segments);
	gm_segments_batch_leave(segments);
	return rc;
}

int gm_segments_seal_due(struct gm_segments *segments)
{
	gm_time held;

	return seal_drafted(&held, segments, false);
}

int gm_segments_seal_any(gm_time *held_out, struct gm_segments *segments)
{
	return seal_drafted(held_out, segments, true);
}

static int publish(struct gm_segments *segments,
	const struct gm_manifest_segment *segment, const struct gm_manifest_index *line)
{
	gm_automanifest next = {.generation = 0};
	int rc = gm_manifest_copy(&next, &segments->manifest);

	if (rc == 0)
		rc = gm_manifest_add_segment(
			&next, segment->number, segment->id, segment->size);
	if (rc == 0 && line->n)
		rc = gm_manifest_add_index(&next, line);
	return rc < 0 ? rc : gm_segments_write_manifest(segments, &next);
}

void gm_segments_oldest(char out[GM_STORE_NAME_MAX], const struct gm_segments *segments)
{
	const struct gm_manifest *manifest = &segments->manifest;

	(void)snprintf(out, GM_STORE_NAME_MAX, "%s",
		manifest->n_indexes ? manifest->indexes[0].file : "");
}

/*
 * gc has let older versions stand on newer ones, and may have done so with what another one wrote
 * meanwhile and stands here on an older one: that of gc is the one that counts.
 */
static int drop_stored(
	struct gm_segments *segments, struct gm_index_entry *entries, size_t *n)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_copy copy;
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		const struct gm_oid *oid = &entries[i].oid;
		int rc = gm_segments_find(&copy, segments, oid);
		if (rc == 0)
			rc = gm_segments_read(&data, &type, segments, oid);
		if (gm_source_is_final(rc))
			return rc;
		if (rc < 0)
			entries[kept++] = entries[i];
	}
	*n = kept;
	return 0;
}

/* 1 with the lock, once everything is as gc has left it. */
static int prepare_index(struct gm_manifest_index *line, struct gm_segments *segments,
	struct gm_index_entry *entries, size_t *n, char oldest[GM_STORE_NAME_MAX])
{
	char now[GM_STORE_NAME_MAX];
	int rc = gm_segments_refresh(segments);

	gm_segments_oldest(now, segments);
	if (rc >= 0 && strcmp(oldest, now) != 0)
		rc = drop_stored(segments, entries, n);
	(void)snprintf(oldest, GM_STORE_NAME_MAX, "%s", now);
	if (rc >= 0 && *n)
		rc = gm_segment_index_write(segments->dir, line->file, entries, n, NULL);
	if (rc >= 0)
		rc = gm_fsync_dir(segments->dir); /* less is left to do under the lock */
	line->n = *n;
	if (rc == 0)
		rc = gm_segments_lock(segments);
	if (rc < 0)
		return rc;
	gm_segments_oldest(now, segments);
	if (!strcmp(oldest, now))
		return 1;
	gm_segments_unlock(segments);
	return 0;
}

int gm_segments_publish(struct gm_segments *segments,
	const struct gm_manifest_segment *segment, struct gm_index_entry *entries,
	size_t n, char oldest[GM_STORE_NAME_MAX])
{
	struct gm_manifest_index line = {
		.first = segment->number, .last = segment->number};
	int rc = gm_segments_flush(segments);

	gm_store_file_name(line.file, "idx", segment->number);
	while (rc == 0)
		rc = prepare_index(&line, segments, entries, &n, oldest);
	if (rc < 0)
		return rc;
	rc = publish(segments, segment, &line);
	gm_segments_unlock(segments);
	segments->has_written = true;
	return rc;
}
