#include "cmd/show_object.h"

#include <string.h>

#include "base/utf8.h"
#include "cmd/commit_json.h"
#include "cmd/commit_text.h"
#include "cmd/deltas.h"
#include "cmd/sha256.h"
#include "cmd/show_standing.h"
#include "cmd/tag_object.h"
#include "cmd/text.h"
#include "dag/path_rule.h"
#include "dag/tree.h"

/* How many tags may name one another before the object they tag. */
#define TAG_DEPTH 32

/* A blank line between things that have a header. */
static int begin(struct gm_show *show, struct gm_buf *out)
{
	bool follows = show->printed;

	show->printed = true;
	return follows ? gm_buf_putc(out, '\n') : 0;
}

static int print_commit_text(struct gm_show *show, const struct gm_commit *commit,
	const struct gm_record_deltas *deltas)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = begin(show, &text);

	if (rc == 0)
		rc = gm_put_commit(
			&text, show->call->repo, commit, show->call->colored, true);
	if (rc == 0 && commit->n_parents > 1)
		rc = gm_buf_puts(&text, "\nChanges against the first parent:\n");
	if (rc == 0)
		rc = gm_print_bytes(text.ptr, text.size);
	return rc < 0 ? rc : gm_print_deltas(show->call, deltas, NULL, true);
}

static int print_commit_json(struct gm_show *show, const struct gm_commit *commit,
	const struct gm_record_deltas *deltas)
{
	gm_autojson *object = NULL;
	gm_autojson *diff = gm_json_array();
	int rc = gm_commit_json(&object, show->call->repo, commit);

	for (size_t i = 0; rc == 0 && i < deltas->n; i++) {
		gm_autosides sides = GM_DELTA_SIDES_INIT;
		json_t *delta = NULL;
		rc = gm_delta_sides_read(
			&sides, show->call->repo, NULL, &deltas->items[i]);
		if (rc == 0)
			rc = gm_delta_diff_json(&delta, &deltas->items[i], &sides);
		if (rc == 0)
			rc = gm_json_append(diff, delta);
	}
	if (rc == 0)
		rc = gm_json_set(object, "diff", gm_steal(&diff));
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int show_commit(struct gm_show *show, const struct gm_oid *oid)
{
	gm_autocommit commit = GM_COMMIT_INIT;
	gm_autodeltas deltas = GM_RECORD_DELTAS_INIT;
	int rc = gm_commit_read(&commit, gm_repo_store(show->call->repo), oid);

	if (rc == 0)
		rc = gm_commit_changes(&deltas, show->call->repo, &commit);
	if (rc == 0)
		rc = gm_call_find_reworded(show->call, &deltas, NULL);
	if (rc < 0)
		return rc;
	return show->call->json ? print_commit_json(show, &commit, &deltas)
				: print_commit_text(show, &commit, &deltas);
}

/* Print the tag and tell what it names. */
static int show_tag(struct gm_oid *target_out, struct gm_show *show,
	const struct gm_oid *oid, const struct gm_buf *data)
{
	gm_autotag tag = GM_TAG_OBJECT_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	json_t *json = NULL;
	int rc = gm_tag_object_parse(&tag, gm_buf_str(data), data->size);

	*target_out = tag.target;
	if (rc == 0 && show->call->json) {
		rc = gm_tag_json(&json, &tag);
		if (rc == 0)
			rc = gm_set_sha256(json, show->call->repo, oid);
		if (rc == 0)
			return gm_print_json(json);
		json_decref(json);
		return rc;
	}
	if (rc == 0)
		rc = begin(show, &text);
	if (rc == 0)
		rc = gm_put_tag(&text, &tag, show->call->colored);
	return rc < 0 ? rc : gm_print_bytes(text.ptr, text.size);
}

static int set_oid(json_t *object, const char *key, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_json_set_string(object, key, hex);
}

static int add_entry(json_t *entries, const struct gm_tree_entry *entry)
{
	gm_autojson *object = gm_json_object();
	gm_autofree char *name = gm_strndup(entry->name, entry->name_size);
	char mode[16];
	int rc = name ? 0 : GM_ENOMEM;

	(void)snprintf(mode, sizeof(mode), "%06o", entry->mode);
	if (rc == 0)
		rc = gm_json_set_string(object, "mode", mode);
	if (rc == 0)
		rc = set_oid(object, "oid", &entry->oid);
	if (rc == 0)
		rc = gm_json_set_string(object, "name", name);
	return rc < 0 ? rc : gm_json_append(entries, gm_steal(&object));
}

static int put_entry(struct gm_buf *out, const struct gm_tree_entry *entry)
{
	int rc = gm_put_safe(out, entry->name, entry->name_size);

	return rc < 0 ? rc
		      : gm_buf_puts(out, gm_tree_entry_is_folder(entry) ? "/\n" : "\n");
}

static int print_tree_json(
	struct gm_show *show, const struct gm_oid *oid, const struct gm_buf *tree)
{
	gm_autojson *object = gm_json_object();
	gm_autojson *entries = gm_json_array();
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = set_oid(object, "tree", oid);

	if (rc == 0)
		rc = gm_set_sha256(object, show->call->repo, oid);
	while (rc == 0 && (rc = gm_tree_next(&entry, &at, tree->ptr, tree->size)) > 0)
		rc = add_entry(entries, &entry);
	if (rc == 0)
		rc = gm_json_set(object, "entries", gm_steal(&entries));
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int show_tree(struct gm_show *show, const struct gm_oid *oid, const char *name)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_tree_entry entry;
	size_t at = 0;
	int rc = gm_tree_read(&tree, gm_repo_store(show->call->repo), oid);

	if (rc == 0 && show->call->json)
		return print_tree_json(show, oid, &tree);
	if (rc == 0)
		rc = begin(show, &text);
	if (rc == 0)
		rc = gm_buf_printf(&text, "%stree %s%s\n\n",
			gm_color(show->call->colored, GM_COLOR_COMMIT), name,
			gm_color(show->call->colored, GM_COLOR_RESET));
	while (rc == 0 && (rc = gm_tree_next(&entry, &at, tree.ptr, tree.size)) > 0)
		rc = put_entry(&text, &entry);
	return rc < 0 ? rc : gm_print_bytes(text.ptr, text.size);
}

/* A file that is no memory. Bytes that are not UTF-8 cannot be told in JSON as they are. */
static int print_file_json(struct gm_show *show, const struct gm_oid *oid,
	const char *path, const struct gm_buf *bytes)
{
	gm_autojson *object = gm_json_object();
	gm_autobuf text = GM_BUF_INIT(4 * GM_BUF_LARGE);
	int rc = path ? gm_json_set_string(object, "path", path) : object ? 0 : GM_ENOMEM;

	if (rc == 0)
		rc = set_oid(object, "blob", oid);
	if (rc == 0)
		rc = gm_set_sha256(object, show->call->repo, oid);
	if (rc == 0)
		rc = gm_json_set_int(object, "size", (long long)bytes->size);
	if (rc == 0)
		rc = gm_utf8_replace(&text, gm_buf_str(bytes), bytes->size);
	if (rc == 0)
		rc = gm_json_set_string(object, "content", gm_buf_str(&text));
	return rc < 0 ? rc : gm_print_json(gm_steal(&object));
}

static int show_blob(struct gm_show *show, const struct gm_oid *oid, const char *path)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_store_read_type(
		&bytes, gm_repo_store(show->call->repo), oid, GM_OBJECT_BLOB);

	if (rc < 0)
		return rc;
	if (show->call->json)
		return print_file_json(show, oid, path, &bytes);
	show->printed = true;
	return gm_print_file(bytes.ptr, bytes.size, show->terminal);
}

/* Show what needs no further step; of a tag, tell the object it names. Returns 1 for a tag. */
static int show_step(struct gm_oid *next_out, struct gm_show *show,
	const struct gm_oid *oid, const char *name)
{
	gm_autobuf data = GM_BUF_INIT(GM_BUF_LARGE);
	enum gm_object_type type = GM_OBJECT_TREE;
	size_t size;
	struct gm_store *store = gm_repo_store(show->call->repo);
	int rc = 0;

	/* The empty tree is known without being stored. */
	if (!gm_oid_equal(oid, &gm_oid_empty_tree))
		rc = gm_store_read_header(&type, &size, store, oid);
	if (rc < 0)
		return rc;
	switch (type) {
	case GM_OBJECT_COMMIT:
		return show_commit(show, oid);
	case GM_OBJECT_TREE:
		return show_tree(show, oid, name);
	case GM_OBJECT_BLOB:
		return show_blob(show, oid, NULL);
	case GM_OBJECT_TAG:
		rc = gm_store_read_type(&data, store, oid, GM_OBJECT_TAG);
		if (rc == 0)
			rc = show_tag(next_out, show, oid, &data);
		return rc < 0 ? rc : 1;
	case GM_OBJECT_NONE:
		break;
	}
	return gm_error(GM_EMISMATCH, "'%s' is of no known type", name);
}

int gm_show_object(struct gm_show *show, const struct gm_oid *oid, const char *name)
{
	struct gm_oid at = *oid;

	for (int i = 0; i < TAG_DEPTH; i++) {
		struct gm_oid next;
		int rc = show_step(&next, show, &at, name);
		if (rc <= 0)
			return rc;
		at = next;
	}
	return gm_error(GM_EMISMATCH, "'%s' is a tag of too many tags", name);
}

/* 1 when the file was a memory and was shown as one, 0 when it is none. */
static int show_as_memory(struct gm_show *show, const struct gm_oid *oid,
	const char *path, const struct gm_moment *moment)
{
	gm_autoview view = GM_VIEW_INIT(show->call);
	gm_automemory memory = GM_MEMORY_INIT;
	int rc = gm_memory_read(&memory, show->call->repo, path, oid);

	if (rc < 0)
		return rc == GM_EINVALID ? 0 : rc;
	view.tree = moment->tree;
	memory.commit = moment->commit;
	rc = gm_show_memory(show, &view, moment, &memory);
	return rc < 0 ? rc : 1;
}

int gm_show_path(struct gm_show *show, const struct gm_oid *oid, const char *path,
	const struct gm_moment *moment, const char *name)
{
	enum gm_object_type type;
	size_t size;
	int rc = gm_store_read_header(&type, &size, gm_repo_store(show->call->repo), oid);

	if (rc < 0)
		return rc;
	if (type != GM_OBJECT_BLOB)
		return gm_show_object(show, oid, name);
	if (gm_path_may_be_record(path)) {
		rc = show_as_memory(show, oid, path, moment);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	return show_blob(show, oid, path);
}

/* A memory is shown also where others, or the index, are damaged. */
static int pass_damage(int rc)
{
	return rc == GM_ENOMEM || rc == GM_EINTERRUPTED ? rc : 0;
}

int gm_show_memory(struct gm_show *show, struct gm_view *view,
	const struct gm_moment *moment, const struct gm_memory *memory)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autojson *json = NULL;
	int rc;

	if (show->call->json) {
		rc = gm_memory_json(&json, show->call->repo, memory);
		if (rc == 0)
			rc = pass_damage(
				gm_set_shown_standing(json, view, moment, memory));
		return rc < 0 ? rc : gm_print_json(gm_steal(&json));
	}
	rc = gm_memory_bytes(&bytes, view, memory);
	show->printed = true;
	if (rc == 0)
		rc = gm_print_file(bytes.ptr, bytes.size, show->terminal);
	return rc < 0 ? rc : pass_damage(gm_tell_standing(view, moment, memory));
}
