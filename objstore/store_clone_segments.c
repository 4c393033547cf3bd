#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "objstore/segments_write.h"
#include "objstore/store_clone_internal.h"
#include "objstore/store_layout.h"

/* The last time nobody is let in between. */
#define TRIES_MAX 4

/* An object of the active segment. */
struct tail_object {
	struct gm_oid oid;
	struct gm_oid base; /* zero: none */
};

/* What the other store was at an instant. */
struct snapshot {
	struct gm_manifest manifest;
	struct tail_object *tail;
	size_t n_tail;
};

static void snapshot_dispose(struct snapshot *snapshot)
{
	gm_manifest_dispose(&snapshot->manifest);
	gm_free(snapshot->tail);
	*snapshot = (struct snapshot){.tail = NULL};
}

static int take_tail(struct snapshot *out, const struct gm_tail *tail)
{
	struct gm_record record;

	out->tail = gm_calloc(tail->n_objects, sizeof(*out->tail));
	if (!out->tail)
		return GM_ENOMEM;
	for (size_t i = 0; i < tail->n_objects; i++) {
		struct tail_object *object = &out->tail[out->n_tail++];
		object->oid = tail->objects[i].oid;
		int rc = gm_tail_record(&record, tail, tail->objects[i].offset);
		if (rc == 0 && record.base)
			memcpy(object->base.bytes, record.base, GM_OID_SIZE);
	}
	return 0;
}

static int take_snapshot(struct snapshot *out, struct gm_segments *segments)
{
	int rc = gm_segments_refresh(segments);

	if (rc >= 0)
		rc = gm_segments_fault(segments);
	if (rc == 0)
		rc = gm_manifest_copy(&out->manifest, &segments->manifest);
	return rc < 0 ? rc : take_tail(out, segments->tail);
}

/* What the new store is to consist of: not of the refs, nor of their logs. */
static int link_files(struct gm_cloning *cloning, const char *dir,
	const struct gm_manifest *manifest, const char *from_dir)
{
	char name[GM_STORE_NAME_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < manifest->n_segments; i++) {
		gm_store_file_name(name, "seg", manifest->segments[i].number);
		rc = gm_cloning_link(cloning, dir, from_dir, name);
	}
	for (size_t i = 0; rc == 0 && i < manifest->n_indexes; i++)
		rc = gm_cloning_link(cloning, dir, from_dir, manifest->indexes[i].file);
	for (size_t i = 0; rc == 0 && i < manifest->n_dictionaries; i++)
		rc = gm_cloning_link(
			cloning, dir, from_dir, manifest->dictionaries[i].file);
	return rc;
}

static bool has_index(const struct gm_manifest *manifest, const char *file)
{
	for (size_t i = 0; i < manifest->n_indexes; i++)
		if (!strcmp(manifest->indexes[i].file, file))
			return true;
	return false;
}

/*
 * Whether the store still has all that it had: then no name has come to stand for another file
 * meanwhile. What an index holds follows from its name and the segments.
 */
static bool still_has(const struct gm_manifest *now, const struct gm_manifest *was)
{
	for (size_t i = 0; i < was->n_segments; i++) {
		const struct gm_manifest_segment *segment =
			gm_manifest_segment(now, was->segments[i].number);
		if (!segment || segment->id != was->segments[i].id ||
			segment->size != was->segments[i].size)
			return false;
	}
	for (size_t i = 0; i < was->n_indexes; i++)
		if (!has_index(now, was->indexes[i].file))
			return false;
	return true;
}

/* 1 when it is done, 0 when it is to be tried again. */
static int link_once(
	struct snapshot *snapshot, struct gm_cloning *cloning, const char *dir)
{
	struct gm_segments *segments = cloning->from->segments;
	int rc = take_snapshot(snapshot, segments);

	if (rc == 0)
		rc = link_files(cloning, dir, &snapshot->manifest, segments->dir);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == 0)
		rc = gm_segments_refresh(segments);
	return rc < 0 ? rc : still_has(&segments->manifest, &snapshot->manifest);
}

static int link_locked(
	struct snapshot *snapshot, struct gm_cloning *cloning, const char *dir)
{
	int rc = gm_segments_lock(cloning->from->segments);

	if (rc < 0)
		return rc;
	rc = link_once(snapshot, cloning, dir);
	gm_segments_unlock(cloning->from->segments);
	return rc;
}

static int link_all(
	struct snapshot *snapshot, struct gm_cloning *cloning, const char *dir)
{
	int rc = 0;

	for (int tries = 1; rc == 0 && tries <= TRIES_MAX; tries++) {
		snapshot_dispose(snapshot);
		gm_cloning_undo(cloning);
		rc = tries < TRIES_MAX ? link_once(snapshot, cloning, dir)
				       : link_locked(snapshot, cloning, dir);
	}
	if (rc < 0)
		return rc;
	return rc ? 0 : GM_ENOTFOUND;
}

/* With an active segment of its own, and names of files that go on where they were. */
static int begin_store(const struct snapshot *snapshot, const char *dir)
{
	gm_automanifest manifest = {.generation = 0};
	int rc = gm_manifest_copy(&manifest, &snapshot->manifest);

	gm_free(manifest.logs);
	manifest.logs = NULL;
	manifest.n_logs = manifest.cap_logs = 0;
	manifest.refs[0] = '\0';
	return rc < 0 ? rc : gm_segments_begin(dir, &manifest);
}

/*
 * One that is gone was not needed any more, or the other repository is damaged: who looks for
 * it will see.
 */
static int copy_object(
	struct gm_batch *batch, struct gm_store *from, const struct tail_object *object)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	enum gm_object_type type;
	struct gm_oid written;
	int rc = gm_interrupted();

	if (rc == 0)
		rc = gm_store_read(&data, &type, from, &object->oid);
	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	return gm_batch_write_based(&written, batch, type, gm_buf_str(&data), data.size,
		gm_oid_is_zero(&object->base) ? NULL : &object->base);
}

static int copy_tail(const struct snapshot *snapshot, const struct gm_cloning *cloning)
{
	gm_cleanup(gm_store_free_p) struct gm_store *to = NULL;
	gm_cleanup(gm_batch_free_p) struct gm_batch *batch = NULL;
	int rc = snapshot->n_tail ? gm_store_open(&to, cloning->gitdir) : 0;

	if (rc < 0 || !snapshot->n_tail)
		return rc;
	rc = gm_batch_begin(&batch, to);
	for (size_t i = 0; rc == 0 && i < snapshot->n_tail; i++)
		rc = copy_object(batch, cloning->from, &snapshot->tail[i]);
	return rc < 0 ? rc : gm_batch_commit(batch);
}

int gm_clone_segments(struct gm_cloning *cloning)
{
	gm_cleanup(snapshot_dispose) struct snapshot snapshot = {.tail = NULL};
	gm_autofree char *dir = gm_path_join(cloning->gitdir, GM_STORE_DIR);
	int rc = dir ? gm_mkdirs(dir) : GM_ENOMEM;

	if (rc == 0)
		rc = link_all(&snapshot, cloning, dir);
	if (rc == 0)
		rc = gm_fsync_dir(dir);
	if (rc == 0)
		rc = begin_store(&snapshot, dir);
	return rc < 0 ? rc : copy_tail(&snapshot, cloning);
}
