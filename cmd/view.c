#include <string.h>

#include "base/utf8.h"
#include "cmd/embedding.h"
#include "cmd/memory.h"
#include "dag/path_rule.h"

/* Damage may show as late as in the last question. */
void gm_view_dispose(struct gm_view *view)
{
	if (view->index && gm_index_was_damaged(view->index))
		gm_warn("the recall index was damaged and has been made anew");
	gm_index_free(view->index);
	view->index = NULL;
}

static int open_index(struct gm_view *view)
{
	gm_autobuf dir = GM_BUF_INIT(GM_BUF_PATH);
	bool rebuilt = false;
	int rc = gm_repo_path(&dir, view->call->repo, "recall");

	if (rc == 0)
		rc = gm_index_open(&view->index, &rebuilt, gm_buf_str(&dir),
			gm_repo_store(view->call->repo));
	if (rc == 0)
		rc = gm_call_set_embedding(view->call, view->index);
	if (rc == 0 && rebuilt)
		gm_warn("the recall index could not be used and is made anew");
	return rc;
}

static int select_tree(struct gm_view *view)
{
	struct gm_progress progress;

	gm_progress_start(&progress, "Indexing", 0, gm_call_progress(view->call));
	int rc = gm_index_select(view->index, &view->tree, NULL, &progress);
	gm_progress_finish(&progress, rc == 0 ? gm_index_visible(view->index) : 0);
	if (rc == 0 && gm_index_skipped(view->index))
		gm_warn("%zu damaged files are left out; 'gitmem fsck' names them",
			gm_index_skipped(view->index));
	if (rc < 0)
		gm_view_dispose(view);
	return rc;
}

int gm_view_index(struct gm_index **out, struct gm_view *view)
{
	int rc = 0;

	if (!view->index) {
		rc = open_index(view);
		if (rc == 0)
			rc = select_tree(view);
	}
	if (rc == 0)
		*out = view->index;
	return rc;
}

int gm_view_move(struct gm_view *view, const struct gm_oid *tree)
{
	bool moved = !gm_oid_equal(&view->tree, tree);

	view->tree = *tree;
	return view->index && moved ? select_tree(view) : 0;
}

void gm_memory_dispose(struct gm_memory *memory)
{
	gm_record_dispose(&memory->record);
	gm_free(memory->path);
	*memory = (struct gm_memory)GM_MEMORY_INIT;
}

static int set_path(struct gm_memory *memory, const char *path)
{
	memory->path = gm_strdup(path);
	return memory->path ? 0 : GM_ENOMEM;
}

/* Hand a finished memory over. */
static int give(struct gm_memory *out, struct gm_memory *memory)
{
	gm_memory_dispose(out);
	*out = *memory;
	*memory = (struct gm_memory)GM_MEMORY_INIT;
	return 0;
}

int gm_memory_read(struct gm_memory *out, struct gm_repo *repo, const char *path,
	const struct gm_oid *blob)
{
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_record_read(&memory.record, gm_repo_store(repo), blob);

	if (rc == GM_EINVALID)
		return gm_error(GM_EINVALID, "'%s' is a file, not a memory: %s", path,
			gm_error_last()->message);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "'%s' is damaged: %s", path,
			gm_error_last()->message);
	if (rc == 0)
		rc = set_path(&memory, path);
	if (rc < 0)
		return rc;
	memory.blob = *blob;
	return give(out, &memory);
}

static int read_staged(struct gm_memory *out, const struct gm_change *change)
{
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_record_decode(&memory.record, change->data, change->size);

	if (rc == 0)
		rc = set_path(&memory, change->path);
	if (rc < 0)
		return rc;
	memory.blob = change->blob;
	memory.staged = true;
	return give(out, &memory);
}

int gm_memory_find_path(struct gm_memory *out, struct gm_view *view, const char *path)
{
	const struct gm_change *change =
		view->stage ? gm_stage_find(view->stage, path) : NULL;
	struct gm_oid blob;
	unsigned mode;

	if (change && !change->data)
		return gm_error(GM_ENOTFOUND, "no memory '%s': it is removed", path);
	if (change)
		return read_staged(out, change);
	int rc = gm_tree_lookup(
		&blob, &mode, gm_repo_store(view->call->repo), &view->tree, path);
	if (rc == 0 && (mode & GM_MODE_TYPE) == GM_MODE_TREE)
		return gm_error(GM_ENOTFOUND, "'%s' is a folder", path);
	return rc < 0 ? rc : gm_memory_read(out, view->call->repo, path, &blob);
}

int gm_memory_find_key(struct gm_memory *out, struct gm_view *view, const char *key)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf nfc = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_utf8_nfc(&nfc, key, strlen(key));

	if (rc == 0)
		rc = gm_key_check(gm_buf_str(&nfc));
	if (rc == GM_EINVALID || rc == GM_ETOOBIG)
		return gm_error(GM_ENOTFOUND, "no memory '%s'", key);
	if (rc == 0)
		rc = gm_buf_printf(&path, "keys/%s.md", gm_buf_str(&nfc));
	return rc < 0 ? rc : gm_memory_find_path(out, view, gm_buf_str(&path));
}

/* Where the path rule puts an unkeyed version 7 id: no index is needed to look there. */
static int find_at_own_time(struct gm_memory *out, struct gm_view *view, const char *id)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	struct gm_record guess = GM_RECORD_INIT;

	guess.created = gm_uuid_time(id);
	if (guess.created == GM_TIME_NONE)
		return GM_ENOTFOUND;
	memcpy(guess.id, id, GM_UUID_TEXT);
	int rc = gm_record_path(&path, &guess);
	if (rc == 0)
		rc = gm_memory_find_path(out, view, gm_buf_str(&path));
	if (rc == 0 && strcmp(out->record.id, id))
		return GM_ENOTFOUND;
	return rc == GM_EINVALID ? GM_ENOTFOUND : rc;
}

/* An id and those it is matched against, without dashes. */
static void strip_dashes(char out[GM_UUID_TEXT], const char *text)
{
	size_t n = 0;

	for (; *text && n < GM_UUID_TEXT - 1; text++)
		if (*text != '-')
			out[n++] =
				(char)(*text >= 'A' && *text <= 'F' ? *text + 32 : *text);
	out[n] = '\0';
}

static bool id_fits(const char *id, const char *part)
{
	char plain[GM_UUID_TEXT];
	size_t size = strlen(part);

	strip_dashes(plain, id);
	size_t all = strlen(plain);
	return size <= all &&
		(!strncmp(plain, part, size) || !strcmp(plain + all - size, part));
}

/* What a part of an id can mean; the staged ones come before the committed ones. */
struct candidates {
	struct gm_memory first;
	struct gm_strv names;
};

static void candidates_dispose(struct candidates *found)
{
	gm_memory_dispose(&found->first);
	gm_strv_dispose(&found->names);
}

static int add_candidate(struct candidates *found, struct gm_memory *memory)
{
	int rc = gm_strv_contains(&found->names, memory->record.id)
		? 0
		: gm_strv_add(&found->names, memory->record.id);

	if (rc == 0 && !found->first.path)
		return give(&found->first, memory);
	return rc;
}

static int add_staged(struct candidates *found, struct gm_view *view, const char *part)
{
	for (size_t i = 0; view->stage && i < gm_stage_size(view->stage); i++) {
		const struct gm_change *change = gm_stage_at(view->stage, i);
		gm_automemory memory = GM_MEMORY_INIT;
		if (!change->data || read_staged(&memory, change) < 0)
			continue;
		int rc = id_fits(memory.record.id, part) ? add_candidate(found, &memory)
							 : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_committed(struct candidates *found, struct gm_view *view, const char *part)
{
	gm_autohits hits = GM_HITS_INIT;
	struct gm_index *index;
	int rc = gm_view_index(&index, view);

	if (rc == 0)
		rc = gm_index_find_id(&hits, index, part, 16);
	for (size_t i = 0; rc == 0 && i < hits.n; i++) {
		gm_automemory memory = GM_MEMORY_INIT;
		/* The stage has its own word on this path: changed above, or removed. */
		if (view->stage && gm_stage_find(view->stage, hits.items[i].path))
			continue;
		rc = gm_memory_read(&memory, view->call->repo, hits.items[i].path,
			&hits.items[i].blob);
		if (rc == 0)
			rc = add_candidate(found, &memory);
	}
	return rc;
}

static int ambiguous(const char *name, const struct candidates *found)
{
	gm_autobuf list = GM_BUF_INIT(GM_BUF_TEXT);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < found->names.n && i < 8; i++)
		rc = gm_buf_printf(&list, "%s%s", i ? ", " : "", found->names.items[i]);
	if (rc < 0)
		return rc;
	return gm_error(GM_EAMBIGUOUS, "'%s' fits several memories: %s%s", name,
		gm_buf_str(&list), found->names.n > 8 ? ", ..." : "");
}

static int find_by_part(struct gm_memory *out, struct gm_view *view, const char *name)
{
	gm_cleanup(candidates_dispose) struct candidates found = {
		.first = GM_MEMORY_INIT, .names = GM_STRV_INIT};
	char part[GM_UUID_TEXT];

	strip_dashes(part, name);
	int rc = add_staged(&found, view, part);
	if (rc == 0)
		rc = add_committed(&found, view, part);
	if (rc < 0)
		return rc;
	if (!found.names.n)
		return gm_error(GM_ENOTFOUND, "no memory '%s'", name);
	if (found.names.n > 1)
		return ambiguous(name, &found);
	return give(out, &found.first);
}

int gm_memory_find_id(struct gm_memory *out, struct gm_view *view, const char *id)
{
	uint8_t uuid[GM_UUID_SIZE];
	char canonical[GM_UUID_TEXT];

	if (!gm_uuid_parse(uuid, id, strlen(id)))
		return gm_error(GM_ENOTFOUND, "'%s' is not an id", id);
	gm_uuid_format(canonical, uuid);
	int rc = find_at_own_time(out, view, canonical);
	return rc == GM_ENOTFOUND ? find_by_part(out, view, canonical) : rc;
}

/* A part of an id: hexadecimal digits and dashes, at least four digits. */
static bool is_id_part(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdefABCDEF-");

	return digits >= 4 && digits < GM_UUID_TEXT && !name[digits];
}

int gm_memory_find(struct gm_memory *out, struct gm_view *view, const char *name)
{
	uint8_t uuid[GM_UUID_SIZE];
	int rc = gm_memory_find_key(out, view, name);

	if (rc == GM_ENOTFOUND && gm_uuid_parse(uuid, name, strlen(name)))
		return gm_memory_find_id(out, view, name);
	if (rc == GM_ENOTFOUND && gm_path_may_be_record(name))
		rc = gm_memory_find_path(out, view, name);
	if (rc == GM_ENOTFOUND && is_id_part(name))
		return find_by_part(out, view, name);
	return rc == GM_ENOTFOUND ? gm_error(GM_ENOTFOUND, "no memory '%s'", name) : rc;
}

int gm_memory_bytes(
	struct gm_buf *out, struct gm_view *view, const struct gm_memory *memory)
{
	const struct gm_change *change = memory->staged && view->stage
		? gm_stage_find(view->stage, memory->path)
		: NULL;

	gm_buf_reset(out);
	if (change)
		return gm_buf_put(out, change->data, change->size);
	return gm_store_read_type(
		out, gm_repo_store(view->call->repo), &memory->blob, GM_OBJECT_BLOB);
}
