/*
 * Where a memory is, for those who need not read it.
 */
#include <string.h>

#include "base/utf8.h"
#include "cmd/memory.h"
#include "dag/path_rule.h"
#include "dag/tree.h"

/* A file that is whole and no memory is none that can be named; a damaged one may be. */
static int check_file(struct gm_view *view, const char *path)
{
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_memory_find_path(&memory, view, path);

	return rc == GM_EMISMATCH ? 0 : rc;
}

/* 1 when there is a file, in the tree or on the stage. */
static int has_file(struct gm_view *view, const char *path)
{
	const struct gm_change *change =
		view->stage ? gm_stage_find(view->stage, path) : NULL;
	struct gm_oid oid;
	unsigned mode;

	if (change)
		return change->data != NULL;
	int rc = gm_tree_lookup(
		&oid, &mode, gm_repo_store(view->call->repo), &view->tree, path);
	if (rc == GM_ENOTFOUND)
		return 0;
	return rc < 0 ? rc : (mode & GM_MODE_TYPE) != GM_MODE_TREE;
}

/* 1 with the path of a key. */
static int locate_key(struct gm_buf *out, struct gm_view *view, const char *key)
{
	gm_autobuf nfc = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_utf8_nfc(&nfc, key, strlen(key));

	if (rc == 0)
		rc = gm_key_check(gm_buf_str(&nfc));
	if (rc == GM_EINVALID || rc == GM_ETOOBIG)
		return 0;
	if (rc == 0)
		rc = gm_buf_printf(out, "keys/%s.md", gm_buf_str(&nfc));
	return rc < 0 ? rc : has_file(view, gm_buf_str(out));
}

static int add_staged(struct gm_strv *paths, struct gm_view *view, const char *id)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && view->stage && i < gm_stage_size(view->stage);
		i++) {
		const struct gm_change *change = gm_stage_at(view->stage, i);
		gm_autorecord record = GM_RECORD_INIT;
		if (change->data &&
			gm_record_decode(&record, change->data, change->size) == 0 &&
			!strcmp(record.id, id))
			rc = gm_strv_add(paths, change->path);
	}
	return rc;
}

static int add_committed(struct gm_strv *paths, struct gm_view *view, const char *id)
{
	gm_autohits hits = GM_HITS_INIT;
	struct gm_index *index;
	int rc = gm_view_index(&index, view);

	if (rc == 0)
		rc = gm_index_find_id(&hits, index, id, 16);
	for (size_t i = 0; rc == 0 && i < hits.n; i++)
		/* The stage has its own word on this path. */
		if (!view->stage || !gm_stage_find(view->stage, hits.items[i].path))
			rc = gm_strv_add(paths, hits.items[i].path);
	return rc;
}

static int check_single(struct gm_view *view, const char *id)
{
	gm_autostrv paths = GM_STRV_INIT;
	gm_autobuf list = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = add_staged(&paths, view, id);

	if (rc == 0)
		rc = add_committed(&paths, view, id);
	gm_strv_make_set(&paths);
	for (size_t i = 0; rc == 0 && i < paths.n && i < 4; i++)
		rc = gm_buf_printf(&list, "%s'%s'", i ? ", " : "", paths.items[i]);
	if (rc < 0 || paths.n < 2)
		return rc;
	rc = gm_error(GM_EAMBIGUOUS, "several files have the id '%s': %s%s", id,
		gm_buf_str(&list), paths.n > 4 ? ", ..." : "");
	gm_error_hint("name one by its path");
	return rc;
}

int gm_memory_locate(char **path_out, struct gm_view *view, const char *name)
{
	gm_automemory memory = GM_MEMORY_INIT;
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	int rc = locate_key(&path, view, name);

	if (rc == 0 && gm_path_may_be_record(name)) {
		gm_buf_reset(&path);
		rc = has_file(view, name);
		if (rc > 0)
			rc = gm_buf_puts(&path, name) < 0 ? GM_ENOMEM : 1;
	}
	if (rc == 0) {
		rc = gm_memory_find(&memory, view, name);
		if (rc == 0)
			rc = check_single(view, memory.record.id);
		gm_buf_reset(&path);
		if (rc == 0)
			rc = gm_buf_puts(&path, memory.path);
	} else if (rc > 0)
		rc = check_file(view, gm_buf_str(&path));
	if (rc < 0)
		return rc;
	*path_out = gm_buf_detach(&path);
	return *path_out ? 0 : GM_ENOMEM;
}
