#include "cmd/import_state.h"

#include <string.h>

#include "base/map.h"
#include "cmd/spellings.h"
#include "dag/path_rule.h"
#include "dag/tree_cache.h"
#include "dag/tree_changes.h"

/* So many changes are kept in memory before they are made a tree. */
#define FLUSH_AT ((size_t)200000)

struct gm_import_state {
	struct gm_call *call;
	const struct gm_stage *stage;
	struct gm_batch *batch;
	struct gm_tree_cache *cache;
	struct gm_oid before;           /* the tree at the start, with the stage on it */
	struct gm_oid now;              /* the tree without what is pending */
	struct gm_tree_changes pending; /* since the last flush */
	struct gm_map pending_at; /* SHA-1 of a path -> its last change in `pending` */
	struct gm_map ids;        /* an id the import has put -> where: remember() */
	struct gm_map staged;     /* an id -> its change on the stage */
	struct gm_spellings spellings; /* of the keys that were put or staged */
	struct gm_tree_changes said;   /* what the source says of merged memories */
	struct gm_strv key_paths; /* the places of ids that do not follow from them */
	struct gm_view view;      /* the tree at the start, to look ids up */
};

/* So that it is found by its id, and that no other key may look like its key. */
static int note_staged(struct gm_import_state *state, size_t i)
{
	const struct gm_change *change = gm_stage_at(state->stage, i);
	gm_autorecord record = GM_RECORD_INIT;
	uint8_t uuid[GM_UUID_SIZE];
	int rc = gm_record_decode(&record, change->data, change->size);

	if (rc == 0 && gm_uuid_parse(uuid, record.id, strlen(record.id)))
		rc = gm_map_put(&state->staged, uuid, i);
	if (rc == 0 && record.key)
		rc = gm_spellings_note(&state->spellings, change->path);
	return rc == GM_EINVALID ? 0 : rc;
}

static int apply_stage(struct gm_import_state *state, const struct gm_oid *tree)
{
	gm_autotreechanges changes = GM_TREE_CHANGES_INIT;
	int rc = 0;

	state->before = state->now = *tree;
	if (!state->stage)
		return 0;
	for (size_t i = 0; rc == 0 && i < gm_stage_size(state->stage); i++) {
		const struct gm_change *change = gm_stage_at(state->stage, i);
		struct gm_oid written;
		if (change->data)
			rc = gm_batch_write(&written, state->batch, GM_OBJECT_BLOB,
				change->data, change->size);
		if (rc == 0)
			rc = gm_tree_changes_add(&changes, change->path, &change->blob);
		if (rc == 0 && change->data)
			rc = note_staged(state, i);
	}
	if (rc == 0)
		rc = gm_tree_update(
			&state->before, state->batch, tree, changes.items, changes.n);
	state->now = state->before;
	return rc;
}

int gm_import_state_new(struct gm_import_state **out, struct gm_call *call,
	const struct gm_oid *tree, const struct gm_stage *stage)
{
	gm_cleanup(gm_import_state_free_p) struct gm_import_state *state =
		gm_calloc(1, sizeof(*state));
	int rc = state ? gm_batch_begin(&state->batch, gm_repo_store(call->repo))
		       : GM_ENOMEM;

	if (rc < 0)
		return rc;
	state->call = call;
	state->stage = stage;
	state->pending_at = (struct gm_map)GM_MAP_INIT(GM_OID_SIZE);
	state->ids = (struct gm_map)GM_MAP_INIT(GM_UUID_SIZE);
	state->staged = (struct gm_map)GM_MAP_INIT(GM_UUID_SIZE);
	state->spellings = (struct gm_spellings)GM_SPELLINGS_INIT;
	state->view = (struct gm_view)GM_VIEW_INIT(call);
	state->view.tree = *tree;
	rc = gm_tree_cache_new(&state->cache, state->batch);
	if (rc == 0)
		rc = apply_stage(state, tree);
	if (rc < 0)
		return rc;
	*out = gm_steal(&state);
	return 0;
}

void gm_import_state_free(struct gm_import_state *state)
{
	if (!state)
		return;
	gm_view_dispose(&state->view);
	gm_tree_cache_free(state->cache);
	gm_batch_free(state->batch);
	gm_tree_changes_dispose(&state->pending);
	gm_map_dispose(&state->pending_at);
	gm_map_dispose(&state->ids);
	gm_map_dispose(&state->staged);
	gm_spellings_dispose(&state->spellings);
	gm_tree_changes_dispose(&state->said);
	gm_strv_dispose(&state->key_paths);
	gm_free(state);
}

static void hash_text(struct gm_oid *out, const char *text)
{
	gm_object_hash(out, GM_OBJECT_BLOB, text, strlen(text));
}

/* 1 with the blob at `path` in the tree `root`, 0 when there is none. */
static int look_in(struct gm_oid *out, struct gm_import_state *state,
	const struct gm_oid *root, const char *path)
{
	unsigned mode;
	int rc = gm_tree_cache_lookup(out, &mode, state->cache, root, path);

	if (rc > 0 && (mode & GM_MODE_TYPE) == GM_MODE_TREE)
		return gm_error(GM_EEXISTS, "a folder is in the way of '%s'", path);
	return rc;
}

/* The same as it is now, with what is pending. */
static int look_now(struct gm_oid *out, struct gm_import_state *state, const char *path)
{
	struct gm_oid name;
	uint64_t at;

	hash_text(&name, path);
	if (!gm_map_get(&at, &state->pending_at, &name))
		return look_in(out, state, &state->now, path);
	*out = state->pending.items[at].oid;
	return !gm_oid_is_zero(out);
}

int gm_import_state_read(struct gm_memory *out, struct gm_import_state *state,
	const char *path, const struct gm_oid *blob)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid oid = *blob;
	enum gm_object_type type;
	int rc = gm_batch_read(&bytes, &type, state->batch, &oid);

	if (rc == 0)
		rc = gm_record_decode(&memory.record, gm_buf_str(&bytes), bytes.size);
	if (rc < 0)
		return rc;
	memory.blob = oid;
	memory.path = gm_strdup(path);
	if (!memory.path)
		return GM_ENOMEM;
	gm_memory_dispose(out);
	*out = memory;
	memory = (struct gm_memory)GM_MEMORY_INIT;
	return 0;
}

int gm_import_state_key_owner(
	char out[GM_UUID_TEXT], struct gm_import_state *state, const char *key)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid blob;
	int rc = gm_buf_printf(&path, "keys/%s.md", key);

	out[0] = '\0';
	if (rc == 0)
		rc = look_now(&blob, state, gm_buf_str(&path));
	if (rc <= 0)
		return rc;
	rc = gm_import_state_read(&memory, state, gm_buf_str(&path), &blob);
	if (rc == GM_EINVALID)
		return gm_error(GM_EEXISTS, "a file that is no memory is at '%s'",
			gm_buf_str(&path));
	if (rc == 0)
		memcpy(out, memory.record.id, GM_UUID_TEXT);
	return rc;
}

/* 1 with the memory at `path` before the import if it has the id, else 0. */
static int find_at(struct gm_memory *out, struct gm_import_state *state, const char *path,
	const char *id)
{
	struct gm_oid blob;
	int rc = look_in(&blob, state, &state->before, path);

	if (rc <= 0)
		return rc;
	rc = gm_import_state_read(out, state, path, &blob);
	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	if (!strcmp(out->record.id, id))
		return 1;
	gm_memory_dispose(out);
	return 0;
}

static int find_staged(
	struct gm_memory *out, struct gm_import_state *state, const char *id)
{
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t at;

	if (!gm_uuid_parse(uuid, id, strlen(id)) ||
		!gm_map_get(&at, &state->staged, uuid))
		return 0;
	return find_at(out, state, gm_stage_at(state->stage, at)->path, id);
}

/* Through the index, for one that is not where the record's own key or date would put it. */
static int find_indexed(
	struct gm_memory *out, struct gm_import_state *state, const char *id)
{
	gm_autohits hits = GM_HITS_INIT;
	struct gm_index *index;

	if (gm_oid_equal(&state->view.tree, &gm_oid_empty_tree))
		return 0;
	int rc = gm_view_index(&index, &state->view);
	if (rc == 0)
		rc = gm_index_find_id(&hits, index, id, 4);
	for (size_t i = 0; rc == 0 && i < hits.n; i++)
		rc = find_at(out, state, hits.items[i].path, id);
	return rc;
}

int gm_import_state_find(struct gm_memory *out, struct gm_import_state *state,
	const struct gm_record *record)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_record_path(&path, record);

	if (rc == 0)
		rc = find_at(out, state, gm_buf_str(&path), record->id);
	if (rc == 0)
		rc = find_staged(out, state, record->id);
	return rc ? rc : find_indexed(out, state, record->id);
}

static int flush(struct gm_import_state *state)
{
	struct gm_oid tree;
	int rc = gm_tree_update(
		&tree, state->batch, &state->now, state->pending.items, state->pending.n);

	if (rc < 0)
		return rc;
	state->now = tree;
	gm_tree_changes_dispose(&state->pending);
	gm_map_dispose(&state->pending_at);
	return 0;
}

static int set(struct gm_import_state *state, const char *path, const struct gm_oid *blob)
{
	struct gm_oid name;
	int rc = gm_tree_changes_add(&state->pending, path, blob);

	hash_text(&name, path);
	if (rc == 0)
		rc = gm_map_put(&state->pending_at, &name, state->pending.n - 1);
	return rc;
}

/*
 * A place as one number, so that a million of them stay small: the path follows from the id
 * and the creation time, or stands in `key_paths`.
 */
#define KEYED (UINT64_C(1) << 63)
#define TIME_BIAS (INT64_C(1) << 60)

/* 1 with the path where the import has put this id, 0 when it has not. */
static int placed_at(struct gm_buf *out, struct gm_import_state *state, const char *id)
{
	struct gm_record record = GM_RECORD_INIT;
	uint8_t uuid[GM_UUID_SIZE];
	uint64_t place;
	int rc;

	if (!gm_uuid_parse(uuid, id, strlen(id)) ||
		!gm_map_get(&place, &state->ids, uuid))
		return 0;
	if (place & KEYED) {
		rc = gm_buf_puts(out, state->key_paths.items[place & ~KEYED]);
	} else {
		memcpy(record.id, id, GM_UUID_TEXT);
		record.created = (gm_time)place - TIME_BIAS;
		rc = gm_record_path(out, &record);
	}
	return rc < 0 ? rc : 1;
}

static int remember(
	struct gm_import_state *state, const struct gm_record *record, const char *path)
{
	uint64_t place = (uint64_t)(record->created + TIME_BIAS);
	uint8_t uuid[GM_UUID_SIZE];
	gm_autobuf usual = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_record unkeyed = *record;

	unkeyed.key = NULL;
	if (!gm_uuid_parse(uuid, record->id, strlen(record->id)))
		return gm_error(GM_EINVALID, "'%s' is not an id", record->id);
	int rc = gm_record_path(&usual, &unkeyed);
	if (rc == 0 && strcmp(gm_buf_str(&usual), path)) {
		rc = gm_strv_add(&state->key_paths, path);
		place = KEYED | (state->key_paths.n - 1);
	}
	return rc < 0 ? rc : gm_map_put(&state->ids, uuid, place);
}

int gm_import_state_now(struct gm_oid *out, struct gm_import_state *state, const char *id)
{
	gm_autobuf placed = GM_BUF_INIT(GM_BUF_PATH);
	int rc = placed_at(&placed, state, id);

	return rc <= 0 ? rc : look_now(out, state, gm_buf_str(&placed));
}

/* Remove what the import put for this id, unless it is at `path` anyway. */
static int take_back(struct gm_import_state *state, const char *id, const char *path)
{
	gm_autobuf placed = GM_BUF_INIT(GM_BUF_PATH);
	int rc = placed_at(&placed, state, id);

	if (rc <= 0 || !strcmp(gm_buf_str(&placed), path))
		return rc < 0 ? rc : 0;
	return set(state, gm_buf_str(&placed), &gm_oid_zero);
}

/* 1 when the memory with this id is at `path` now, 0 when nothing is or something else. */
static int is_at(struct gm_import_state *state, const char *path, const char *id)
{
	gm_automemory there = GM_MEMORY_INIT;
	struct gm_oid blob;
	int rc = look_now(&blob, state, path);

	if (rc > 0)
		rc = gm_import_state_read(&there, state, path, &blob);
	if (rc == 0 && there.path)
		return !strcmp(there.record.id, id);
	return rc == GM_EINVALID ? 0 : rc;
}

/* Each folder and file name of a key must be spelled one way only. */
static int check_spelling(
	struct gm_import_state *state, const char *path, const char *own_path)
{
	gm_autobuf other = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_spellings_check(&state->spellings, path);

	if (rc == 0)
		rc = gm_tree_find_lookalike(&other, gm_repo_store(state->call->repo),
			&state->view.tree, path);
	if (rc <= 0 || (own_path && !strcmp(gm_buf_str(&other), own_path)))
		return rc < 0 ? rc : 0;
	return gm_error(GM_EEXISTS, "'%s' looks like '%s' on some file systems", path,
		gm_buf_str(&other));
}

/* The place must be free, or be this memory's own. */
static int check_place(struct gm_import_state *state, const struct gm_record *record,
	const char *path, const struct gm_memory *old)
{
	gm_automemory there = GM_MEMORY_INIT;
	struct gm_oid blob;
	int rc = look_now(&blob, state, path);

	if (rc < 0 || (rc == 0 && !record->key))
		return rc;
	if (rc > 0) {
		rc = gm_import_state_read(&there, state, path, &blob);
		if (rc == GM_EINVALID)
			return gm_error(
				GM_EEXISTS, "a file that is no memory is at '%s'", path);
		if (rc == 0 && strcmp(there.record.id, record->id))
			return gm_error(
				GM_EEXISTS, "'%s' belongs to another memory", path);
		return rc;
	}
	if (old && !strcmp(old->path, path))
		return 0;
	rc = check_spelling(state, path, old ? old->path : NULL);
	return rc < 0 ? rc : gm_spellings_note(&state->spellings, path);
}

/* Remove the old file of a memory that moves, unless another has its place by now. */
static int leave(
	struct gm_import_state *state, const struct gm_memory *old, const char *path)
{
	if (!old || !strcmp(old->path, path))
		return 0;
	int rc = is_at(state, old->path, old->record.id);
	return rc <= 0 ? rc : set(state, old->path, &gm_oid_zero);
}

int gm_import_state_put(struct gm_import_state *state, const struct gm_record *record,
	const struct gm_memory *old)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid blob;
	int rc = gm_record_path(&path, record);

	if (rc == 0)
		rc = check_place(state, record, gm_buf_str(&path), old);
	if (rc == 0)
		rc = gm_record_encode(&bytes, record);
	if (rc == 0)
		rc = gm_batch_write(
			&blob, state->batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	if (rc == 0)
		rc = take_back(state, record->id, gm_buf_str(&path));
	if (rc == 0)
		rc = leave(state, old, gm_buf_str(&path));
	if (rc == 0)
		rc = set(state, gm_buf_str(&path), &blob);
	if (rc == 0)
		rc = remember(state, record, gm_buf_str(&path));
	if (rc == 0 && state->pending.n >= FLUSH_AT && !state->stage)
		rc = flush(state);
	return rc;
}

int gm_import_state_keep(struct gm_import_state *state, const struct gm_memory *old)
{
	gm_autobuf placed = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_oid there;
	int rc = placed_at(&placed, state, old->record.id);

	if (rc <= 0)
		return rc;
	rc = look_now(&there, state, old->path);
	if (rc > 0 && strcmp(gm_buf_str(&placed), old->path))
		return gm_error(GM_EEXISTS, "'%s' belongs to another memory", old->path);
	if (rc >= 0)
		rc = take_back(state, old->record.id, old->path);
	if (rc == 0)
		rc = set(state, old->path, &old->blob);
	return rc < 0 ? rc : remember(state, &old->record, old->path);
}

int gm_import_state_note_source(struct gm_import_state *state,
	const struct gm_record *merged, const struct gm_record *said)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid blob;
	int rc = gm_record_path(&path, merged);

	if (rc == 0)
		rc = gm_record_encode(&bytes, said);
	if (rc == 0)
		rc = gm_batch_write(
			&blob, state->batch, GM_OBJECT_BLOB, bytes.ptr, bytes.size);
	return rc < 0 ? rc : gm_tree_changes_add(&state->said, gm_buf_str(&path), &blob);
}

int gm_import_state_tree(
	struct gm_oid *out, struct gm_oid *source_out, struct gm_import_state *state)
{
	struct gm_oid source;
	int rc = flush(state);

	if (rc == 0)
		rc = gm_tree_update(&source, state->batch, &state->now, state->said.items,
			state->said.n);
	if (rc == 0 && !gm_oid_equal(&state->now, &state->before))
		rc = gm_batch_commit(state->batch);
	if (rc < 0)
		return rc;
	*out = state->now;
	*source_out = source;
	return 0;
}

int gm_import_state_changes(
	struct gm_changes *out, struct gm_import_state *state, struct gm_writer *writer)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < state->pending.n; i++) {
		const struct gm_tree_change *change = &state->pending.items[i];
		gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
		enum gm_object_type type;
		struct gm_oid name;
		uint64_t last;
		hash_text(&name, change->path);
		if (!gm_map_get(&last, &state->pending_at, &name) || last != i)
			continue;
		if (!gm_oid_is_zero(&change->oid))
			rc = gm_batch_read(&bytes, &type, state->batch, &change->oid);
		if (rc == 0)
			rc = gm_changes_put_file(out, writer, change->path,
				gm_oid_is_zero(&change->oid) ? NULL : &bytes);
	}
	return rc;
}
