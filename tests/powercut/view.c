#include "tests/powercut/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/map.h"
#include "base/strv.h"
#include "crypto/hash.h"
#include "dag/stage.h"
#include "dag/tree.h"
#include "dag/walk.h"

struct taking {
	struct gm_repo *repo;
	unsigned flags;
	struct gm_strv lines;
	struct gm_buf data;
};

static int add_line(
	struct taking *taking, const char *kind, const char *key, const char *value)
{
	gm_autofree char *line = gm_format("%s %s\t%s\n", kind, key, value);

	return line ? gm_strv_add(&taking->lines, line) : GM_ENOMEM;
}

static int hash_entry(const struct gm_reflog_entry *entry, void *payload)
{
	struct gm_buf *text = payload;
	char hex[2][GM_OID_HEX];

	gm_oid_format(hex[0], &entry->old_oid);
	gm_oid_format(hex[1], &entry->new_oid);
	return gm_buf_printf(text, "%s %s %s\n", hex[0], hex[1], entry->message);
}

static int add_log(struct taking *taking, const char *name)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_oid hash;
	char hex[GM_OID_HEX];
	int rc = gm_ref_log_each(gm_repo_refs(taking->repo), name, hash_entry, &text);

	if (rc < 0)
		return rc;
	gm_object_hash(&hash, GM_OBJECT_BLOB, gm_buf_str(&text), text.size);
	gm_oid_format(hex, &hash);
	return add_line(taking, "log", name, hex);
}

static int add_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	struct taking *taking = payload;
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	int rc = add_line(taking, "ref", name, hex);
	return rc == 0 && taking->flags & VIEW_LOGS ? add_log(taking, name) : rc;
}

static int add_head(struct taking *taking)
{
	gm_autobuf target = GM_BUF_INIT(GM_BUF_PATH);
	char hex[GM_OID_HEX];
	struct gm_oid oid;
	struct gm_refs *refs = gm_repo_refs(taking->repo);
	int rc = gm_ref_read_symbolic(&target, refs, "HEAD");

	if (rc == 0)
		return add_line(taking, "head", "HEAD", gm_buf_str(&target));
	if (rc == GM_ENOTFOUND)
		rc = gm_ref_read(&oid, NULL, refs, "HEAD");
	if (rc < 0)
		return rc;
	gm_oid_format(hex, &oid);
	return add_line(taking, "head", "HEAD", hex);
}

static int add_stage(const char *file, const char *ref, void *payload)
{
	gm_cleanup(gm_stage_free_p) struct gm_stage *stage = NULL;
	struct taking *taking = payload;
	int rc = 0;

	(void)file;
	if (!ref)
		return 0;
	rc = gm_stage_load(&stage, taking->repo, ref);
	for (size_t i = 0; rc == 0 && i < gm_stage_size(stage); i++) {
		const struct gm_change *change = gm_stage_at(stage, i);
		gm_autofree char *key = gm_format("%s %s", ref, change->path);
		char hex[GM_OID_HEX];
		gm_oid_format(hex, &change->blob);
		rc = key ? add_line(taking, "stage", key, hex) : GM_ENOMEM;
	}
	return rc;
}

/* A merge that waits: the file that tells of it. */
static int add_merge(const char *file, void *payload)
{
	struct taking *taking = payload;
	gm_autofree char *name = gm_path_join("merge", file);
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid hash;
	char hex[GM_OID_HEX];
	int rc = name ? gm_repo_path(&path, taking->repo, name) : GM_ENOMEM;

	if (file[0] == '.')
		return 0;
	if (rc == 0)
		rc = gm_file_read(&text, gm_buf_str(&path));
	if (rc < 0)
		return rc;
	gm_object_hash(&hash, GM_OBJECT_BLOB, gm_buf_str(&text), text.size);
	gm_oid_format(hex, &hash);
	return add_line(taking, "merge", file, hex);
}

static int add_merges(struct taking *taking)
{
	gm_autobuf folder = GM_BUF_INIT(GM_BUF_PATH);
	int rc = gm_repo_path(&folder, taking->repo, "merge");

	return rc < 0 ? rc : gm_dir_each(gm_buf_str(&folder), add_merge, taking);
}

/* What says that there are segments comes and goes with them. */
static bool is_of_layout(const char *line)
{
	static const char *const parts[] = {
		"[extensions]", "gitmem =", "repositoryformat"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strstr(line, parts[i]))
			return true;
	return false;
}

static int hash_config(struct gm_oid *out, const struct gm_buf *text)
{
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_TEXT);
	gm_autofree char *copy = gm_strdup(gm_buf_str(text));
	int rc = copy ? 0 : GM_ENOMEM;

	for (char *save, *line = rc < 0 ? NULL : strtok_r(copy, "\n", &save);
		rc == 0 && line; line = strtok_r(NULL, "\n", &save))
		if (!is_of_layout(line))
			rc = gm_buf_printf(&kept, "%s\n", line);
	gm_object_hash(out, GM_OBJECT_BLOB, gm_buf_str(&kept), kept.size);
	return rc;
}

static int add_config(struct taking *taking)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	struct gm_oid hash;
	char hex[GM_OID_HEX];
	int rc = gm_repo_path(&path, taking->repo, "config");

	if (rc == 0)
		rc = gm_file_read(&text, gm_buf_str(&path));
	if (rc == 0)
		rc = hash_config(&hash, &text);
	if (rc < 0)
		return rc;
	gm_oid_format(hex, &hash);
	return add_line(taking, "config", "config", hex);
}

/* One that cannot be read is not there. */
static int add_object(const struct gm_oid *oid, void *payload)
{
	struct taking *taking = payload;
	enum gm_object_type type;
	char hex[GM_OID_HEX];
	int rc = gm_store_read(&taking->data, &type, gm_repo_store(taking->repo), oid);

	gm_oid_format(hex, oid);
	if (rc < 0)
		return rc == GM_ENOMEM ? rc : 0;
	return add_line(taking, "object", hex, "");
}

/* What a damaged index has is not known. */
static int add_objects(struct taking *taking)
{
	int rc = gm_store_each(gm_repo_store(taking->repo), add_object, taking);

	return rc == GM_EMISMATCH ? 0 : rc;
}

unsigned view_flags(struct gm_repo *repo, bool with_objects)
{
	bool has_segments = gm_store_has_segments(gm_repo_store(repo));

	return (has_segments ? VIEW_LOGS : 0u) | (with_objects ? VIEW_OBJECTS : 0u);
}

int view_take(struct gm_buf *out, struct gm_repo *repo, unsigned flags)
{
	struct taking taking = {.repo = repo,
		.flags = flags,
		.lines = GM_STRV_INIT,
		.data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE)};
	int rc = add_head(&taking);

	if (rc == 0)
		rc = gm_refs_each(gm_repo_refs(repo), "refs/", add_ref, &taking);
	if (rc == 0)
		rc = gm_stages_each(repo, add_stage, &taking);
	if (rc == 0)
		rc = add_merges(&taking);
	if (rc == 0)
		rc = add_config(&taking);
	if (rc == 0 && flags & VIEW_OBJECTS)
		rc = add_objects(&taking);
	gm_strv_make_set(&taking.lines);
	for (size_t i = 0; rc == 0 && i < taking.lines.n; i++)
		rc = gm_buf_puts(out, taking.lines.items[i]);
	gm_strv_dispose(&taking.lines);
	gm_buf_dispose(&taking.data);
	return rc;
}

/* The line of `view` that begins with this key, up to the tab; NULL when there is none. */
static const char *find_key(const char *view, const char *line)
{
	size_t size = strcspn(line, "\t") + 1;

	for (const char *at = view; at && *at; at = strchr(at, '\n') + 1)
		if (!strncmp(at, line, size))
			return at;
	return NULL;
}

static bool same_line(const char *a, const char *b)
{
	size_t size = strcspn(a, "\n") + 1;

	return b && !strncmp(a, b, size);
}

static bool has_line(const char *view, const char *line)
{
	return same_line(line, find_key(view, line));
}

static char *fault(const char *what, const char *line)
{
	return gm_format("%s: %.*s", what, (int)strcspn(line, "\n"), line);
}

/* What a merge that waits keeps follows its branch, and its stage. */
static bool is_kept_for_merge(const char *line)
{
	return !strncmp(line, "ref refs/gitmem/merge/", 22);
}

/* Whether the refs that the last command moved have moved. */
static bool has_moved(const char *now, const char *before, const char *after)
{
	for (const char *at = after; *at; at = strchr(at, '\n') + 1)
		if (!strncmp(at, "ref ", 4) && !is_kept_for_merge(at) &&
			!has_line(before, at) && !has_line(now, at))
			return false;
	return true;
}

/* The log of a branch that is made, renamed or removed may be anything meanwhile. */
static bool is_log_of_passing(const char *line, const char *before, const char *after)
{
	gm_autofree char *ref =
		strncmp(line, "log ", 4) ? NULL : gm_format("ref %s", line + 4);

	return ref && (!before || !find_key(before, ref) || !find_key(after, ref));
}

char *view_fault(const char *now, const char *before, const char *after)
{
	for (const char *at = now; *at; at = strchr(at, '\n') + 1)
		if (!(before && has_line(before, at)) && !has_line(after, at) &&
			strncmp(at, "object ", 7) != 0 &&
			!is_log_of_passing(at, before, after))
			return fault("never acknowledged, nor on its way", at);
	for (const char *at = before; at && *at; at = strchr(at, '\n') + 1) {
		if (find_key(now, at))
			continue;
		if (find_key(after, at))
			return fault("lost", at);
		if (!strncmp(at, "stage ", 6) && !has_moved(now, before, after))
			return fault("neither staged nor committed", at);
	}
	return NULL;
}

struct reading {
	struct gm_store *store;
	struct gm_map seen;
	struct gm_oid *todo;
	size_t n;
	size_t cap;
};

static int push(struct reading *reading, const struct gm_oid *oid)
{
	int rc;

	/* The empty tree need not be stored. */
	if (gm_map_get(NULL, &reading->seen, oid->bytes) ||
		gm_oid_equal(oid, &gm_oid_empty_tree))
		return 0;
	rc = gm_map_put(&reading->seen, oid->bytes, 1);
	if (rc == 0)
		rc = gm_grow(&reading->todo, &reading->cap, reading->n + 1,
			sizeof(*reading->todo));
	if (rc == 0)
		reading->todo[reading->n++] = *oid;
	return rc;
}

static int push_ref(const char *name, const struct gm_oid *oid, void *payload)
{
	(void)name;
	return push(payload, oid);
}

static int push_commit(struct reading *reading, const struct gm_buf *data)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	int rc = gm_commit_parse(&commit, gm_buf_str(data), data->size);

	if (rc == 0)
		rc = push(reading, &commit.tree);
	for (size_t i = 0; rc == 0 && i < commit.n_parents; i++)
		rc = push(reading, &commit.parents[i]);
	return rc;
}

static int push_tree(struct reading *reading, const struct gm_buf *data)
{
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc;

	while ((rc = gm_tree_next(&entry, &at, gm_buf_str(data), data->size)) > 0) {
		rc = push(reading, &entry.oid);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int read_one(struct reading *reading, struct gm_buf *data)
{
	const struct gm_oid oid = reading->todo[--reading->n];
	enum gm_object_type type;
	int rc = gm_store_read(data, &type, reading->store, &oid);

	if (rc < 0)
		return rc;
	switch (type) {
	case GM_OBJECT_COMMIT:
		return push_commit(reading, data);
	case GM_OBJECT_TREE:
		return push_tree(reading, data);
	case GM_OBJECT_NONE:
	case GM_OBJECT_BLOB:
	case GM_OBJECT_TAG:
		break;
	}
	return 0;
}

int view_read_objects(size_t *n_out, struct gm_repo *repo)
{
	gm_autobuf data = GM_BUF_INIT(GM_OBJECT_MAX_SIZE);
	struct reading reading = {
		.store = gm_repo_store(repo), .seen = GM_MAP_INIT(GM_OID_SIZE)};
	int rc = gm_refs_each(gm_repo_refs(repo), "refs/", push_ref, &reading);

	while (rc == 0 && reading.n)
		rc = read_one(&reading, &data);
	*n_out = reading.seen.n;
	gm_map_dispose(&reading.seen);
	gm_free(reading.todo);
	return rc;
}
