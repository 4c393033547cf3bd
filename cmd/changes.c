#include <string.h>

#include "base/utf8.h"
#include "cmd/write.h"
#include "dag/path_rule.h"
#include "dag/tree_blocker.h"

static void free_item(struct gm_change *change)
{
	gm_free((char *)(uintptr_t)change->path);
	gm_free((char *)(uintptr_t)change->data);
}

void gm_changes_dispose(struct gm_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		free_item(&changes->items[i]);
	gm_free(changes->items);
	*changes = (struct gm_changes)GM_CHANGES_INIT;
}

/* Append a change; takes over `data`. */
static int append(struct gm_changes *changes, const struct gm_change *change, char *data)
{
	gm_autofree char *owned = data;
	gm_autofree char *path = gm_strdup(change->path);
	int rc = path ? gm_grow(&changes->items, &changes->cap, changes->n + 1,
				sizeof(*changes->items))
		      : GM_ENOMEM;

	if (rc < 0)
		return rc;
	struct gm_change *item = &changes->items[changes->n++];
	*item = *change;
	item->path = gm_steal(&path);
	item->data = gm_steal(&owned);
	return 0;
}

static struct gm_oid tip_of(const struct gm_writer *writer)
{
	return writer->head.exists ? writer->head.commit : writer->start;
}

/* What stands at its path on the branch is what a change is made on. */
static int set_base_now(struct gm_change *change, struct gm_writer *writer)
{
	unsigned mode;

	change->tip = tip_of(writer);
	int rc = gm_tree_lookup(&change->base, &mode, gm_repo_store(writer->call->repo),
		&writer->view.tree, change->path);
	if (rc != GM_ENOTFOUND)
		return rc;
	change->base = gm_oid_zero;
	return 0;
}

/* What a change at its path is made on: what stood there before the stage, and when. */
static int set_base(struct gm_change *change, struct gm_writer *writer)
{
	const struct gm_change *staged =
		writer->stage ? gm_stage_find(writer->stage, change->path) : NULL;

	if (!staged)
		return set_base_now(change, writer);
	change->base = staged->base;
	change->tip = staged->tip;
	return 0;
}

static int taken(const char *path, const char *by)
{
	if (!strcmp(path, by))
		return gm_error(GM_EEXISTS, "'%s' exists already", path);
	return gm_error(
		GM_EEXISTS, "'%s' would look like '%s' on some file systems", path, by);
}

/* 1 when the first names in which the paths differ look alike on some file systems. */
static int look_alike(const char *path, const char *other)
{
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf other_name = GM_BUF_INIT(GM_BUF_PATH);
	size_t size = strcspn(path, "/"), other_size = strcspn(other, "/");

	while (path[size] && size == other_size && !strncmp(path, other, size + 1)) {
		path += size + 1;
		other += size + 1;
		size = strcspn(path, "/");
		other_size = strcspn(other, "/");
	}
	if (size == other_size && !strncmp(path, other, size))
		return 0;
	int rc = gm_utf8_fold(&name, path, size);
	if (rc == 0)
		rc = gm_utf8_fold(&other_name, other, other_size);
	return rc < 0 ? rc : !strcmp(gm_buf_str(&name), gm_buf_str(&other_name));
}

/* How many changes stand before that of a path; all when there is none. */
static size_t find_item(const struct gm_changes *changes, const char *path)
{
	size_t i = 0;

	while (i < changes->n && strcmp(changes->items[i].path, path) != 0)
		i++;
	return i;
}

/* Whether the file at `path` goes away with these changes, or with the stage, or is `old`. */
static bool is_leaving(const struct gm_changes *changes, const struct gm_writer *writer,
	const char *path, const struct gm_memory *old)
{
	size_t at = find_item(changes, path);
	const struct gm_change *change = at < changes->n ? &changes->items[at] : NULL;

	if (!change && writer->view.stage)
		change = gm_stage_find(writer->view.stage, path);
	return (change && !change->data) || (old && !strcmp(path, old->path));
}

static int check_staged_lookalikes(const struct gm_changes *changes,
	struct gm_writer *writer, const char *path, const struct gm_memory *old)
{
	for (size_t i = 0; i < gm_stage_size(writer->view.stage); i++) {
		const struct gm_change *change = gm_stage_at(writer->view.stage, i);
		if (is_leaving(changes, writer, change->path, old))
			continue;
		int rc = look_alike(path, change->path);
		if (rc)
			return rc < 0 ? rc : taken(path, change->path);
	}
	return 0;
}

int gm_changes_check_free(const struct gm_changes *changes, struct gm_writer *writer,
	const char *path, const struct gm_memory *old)
{
	gm_automemory there = GM_MEMORY_INIT;
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_memory_find_path(&there, &writer->view, path);

	if (rc != GM_ENOTFOUND && !is_leaving(changes, writer, path, old))
		return rc < 0 && rc != GM_EINVALID ? rc : taken(path, path);
	rc = gm_tree_find_lookalike(
		&other, gm_repo_store(writer->call->repo), &writer->view.tree, path);
	if (rc == 0)
		rc = gm_tree_find_blocker(&other, gm_repo_store(writer->call->repo),
			&writer->view.tree, path);
	if (rc < 0)
		return rc;
	if (rc && !is_leaving(changes, writer, gm_buf_str(&other), old))
		return taken(path, gm_buf_str(&other));
	return writer->view.stage ? check_staged_lookalikes(changes, writer, path, old)
				  : 0;
}

int gm_changes_put_file(struct gm_changes *changes, struct gm_writer *writer,
	const char *path, struct gm_buf *bytes)
{
	struct gm_change change = {.path = path};
	char *data = NULL;
	int rc = set_base(&change, writer);

	if (rc < 0)
		return rc;
	if (bytes) {
		change.size = bytes->size;
		gm_object_hash(&change.blob, GM_OBJECT_BLOB, bytes->ptr, bytes->size);
		data = gm_buf_detach(bytes);
		if (!data)
			return GM_ENOMEM;
	}
	return append(changes, &change, data);
}

int gm_changes_base_now(struct gm_changes *changes, struct gm_writer *writer)
{
	return set_base_now(&changes->items[changes->n - 1], writer);
}

int gm_changes_put(struct gm_changes *changes, struct gm_writer *writer,
	struct gm_record *record, const struct gm_memory *old)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid blob;
	size_t max;
	int rc = gm_repo_max_content(&max, writer->call->repo);

	if (rc == 0)
		rc = gm_record_normalise(record, max);
	if (rc == 0)
		rc = gm_record_encode(&bytes, record);
	if (rc == 0)
		rc = gm_record_path(&path, record);
	if (rc < 0)
		return rc;
	gm_object_hash(&blob, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	bool moved = !old || strcmp(old->path, gm_buf_str(&path));
	if (!moved && gm_oid_equal(&old->blob, &blob))
		return 0;
	if (moved)
		rc = gm_changes_check_free(changes, writer, gm_buf_str(&path), old);
	if (rc == 0 && old && moved)
		rc = gm_changes_remove(changes, writer, old->path);
	return rc < 0 ? rc
		      : gm_changes_put_file(changes, writer, gm_buf_str(&path), &bytes);
}

/* A clock that went back makes no edit older than what was edited. */
static int touch(struct gm_record *record, const struct gm_record *old)
{
	int rc = gm_call_now(&record->updated);

	if (rc == 0 && record->updated < old->created)
		record->updated = old->created;
	if (rc == 0 && old->updated != GM_TIME_NONE && record->updated < old->updated)
		record->updated = old->updated;
	return rc;
}

int gm_changes_put_edited(struct gm_changes *changes, struct gm_writer *writer,
	struct gm_record *record, const struct gm_memory *old)
{
	int rc = gm_changes_put(changes, writer, record, old);

	if (rc < 0 || !old || !changes->n)
		return rc;
	gm_changes_dispose(changes);
	rc = touch(record, &old->record);
	return rc < 0 ? rc : gm_changes_put(changes, writer, record, old);
}

int gm_changes_remove(
	struct gm_changes *changes, struct gm_writer *writer, const char *path)
{
	return gm_changes_put_file(changes, writer, path, NULL);
}

void gm_changes_forget(struct gm_changes *changes, const char *path)
{
	size_t at = find_item(changes, path);

	if (at == changes->n)
		return;
	free_item(&changes->items[at]);
	memmove(&changes->items[at], &changes->items[at + 1],
		(--changes->n - at) * sizeof(*changes->items));
}

int gm_changes_add_copy(struct gm_changes *changes, const struct gm_change *change)
{
	char *data = change->data ? gm_malloc(change->size + 1) : NULL;

	if (change->data && !data)
		return GM_ENOMEM;
	if (data)
		memcpy(data, change->data, change->size);
	return append(changes, change, data);
}
