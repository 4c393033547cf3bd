/*
 * Trees of memories and other files that people and agents change at random, as lists of files.
 * Each change draws from a seed of its own, so that leaving one out leaves the others as they
 * are: that is how a failing case is made small.
 */
#ifndef GM_TESTS_UNIT_DAG_RANDOM_TREE_H
#define GM_TESTS_UNIT_DAG_RANDOM_TREE_H

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dag/path_rule.h"
#include "dag/record.h"
#include "dag/tree.h"
#include "tests/unit/support.h"

#define TREE_MOST 48

struct tree_file {
	char path[160];
	unsigned mode;
	char *text;
	struct gm_record *record; /* NULL: it is none */
};

struct random_tree {
	struct tree_file files[TREE_MOST];
	size_t n;
};

/* Who changes a tree: the words and numbers that mark what they write. */
struct tree_writer {
	const char *name; /* of one letter */
	unsigned number;  /* of the writer: ids are theirs alone */
	unsigned seed;
	unsigned lines;
	unsigned op;
	bool by_hand; /* also does what no command of ours does */
};

/* A number from the environment. */
static inline unsigned test_setting(const char *name, unsigned otherwise)
{
	const char *value = getenv(name);

	return value && *value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static inline unsigned draw(struct tree_writer *writer, unsigned n)
{
	return (unsigned)rand_r(&writer->seed) / 7 % n;
}

static inline void tree_file_dispose(struct tree_file *file)
{
	gm_free(file->text);
	if (file->record)
		gm_record_dispose(file->record);
	gm_free(file->record);
}

static inline struct gm_record *new_record(void)
{
	struct gm_record *record = gm_malloc(sizeof(*record));

	assert_non_null(record);
	*record = (struct gm_record)GM_RECORD_INIT;
	return record;
}

static inline void random_tree_reset(struct random_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		tree_file_dispose(&tree->files[i]);
	tree->n = 0;
}

static inline void random_tree_copy(
	struct random_tree *out, const struct random_tree *from)
{
	random_tree_reset(out);
	for (; out->n < from->n; out->n++) {
		struct tree_file *file = &out->files[out->n];
		*file = from->files[out->n];
		file->text = gm_strdup(file->text);
		if (!file->record)
			continue;
		file->record = new_record();
		must(gm_record_copy(file->record, from->files[out->n].record));
	}
}

static inline void tree_remove_at(struct random_tree *tree, size_t i)
{
	tree_file_dispose(&tree->files[i]);
	tree->files[i] = tree->files[--tree->n];
}

static inline struct tree_file *tree_find(
	const struct random_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->n; i++)
		if (!strcmp(tree->files[i].path, path))
			return (struct tree_file *)&tree->files[i];
	return NULL;
}

static inline void tree_put(
	struct random_tree *tree, const char *path, unsigned mode, const char *text)
{
	struct tree_file *file = tree_find(tree, path);

	if (!file) {
		assert_true(tree->n < TREE_MOST);
		file = &tree->files[tree->n++];
		*file = (struct tree_file){.mode = mode};
		assert_true(strlen(path) < sizeof(file->path));
		strcpy(file->path, path);
	}
	tree_file_dispose(file);
	file->text = gm_strdup(text);
	file->mode = mode;
	file->record = NULL;
	if ((mode & GM_MODE_TYPE) != 0100000 || !gm_path_may_be_record(path))
		return;
	file->record = new_record();
	if (gm_record_decode(file->record, text, strlen(text)) == 0)
		return;
	gm_free(file->record);
	file->record = NULL;
}

/* Whether one path is the other, or stands in its way, or spells a folder in another way. */
static inline bool paths_clash(const char *a, const char *b)
{
	gm_autobuf one = GM_BUF_INIT(GM_BUF_PATH), two = GM_BUF_INIT(GM_BUF_PATH);

	must(gm_utf8_fold(&one, a, strlen(a)));
	must(gm_utf8_fold(&two, b, strlen(b)));
	const char *x = gm_buf_str(&one), *y = gm_buf_str(&two);
	size_t i = 0, slashes = 0;
	while (x[i] && x[i] == y[i])
		slashes += x[i++] == '/';
	bool at_end = (!x[i] || x[i] == '/') && (!y[i] || y[i] == '/');
	if (at_end && (!x[i] || !y[i]))
		return true;
	/* As many folders are the same when folded: they must be spelled the same. */
	size_t k = 0;
	while (slashes && a[k] && a[k] == b[k])
		slashes -= a[k++] == '/';
	return slashes != 0;
}

static inline bool path_is_free(
	const struct random_tree *tree, const char *path, const char *but)
{
	for (size_t i = 0; i < tree->n; i++)
		if ((!but || strcmp(tree->files[i].path, but) != 0) &&
			paths_clash(tree->files[i].path, path))
			return false;
	return true;
}

static inline const char *draw_key(struct tree_writer *writer)
{
	static const char *const keys[] = {"a", "A", "b", "c", "user/x", "user/y",
		"USER/x", "user/x/z", "caf\u00e9", "CAF\u00c9"};

	return draw(writer, 3) ? keys[draw(writer, sizeof(keys) / sizeof(*keys))] : NULL;
}

static inline void put_random_line(struct gm_buf *out, struct tree_writer *writer)
{
	must(gm_buf_printf(out, "%s%u.%u\n", writer->name, writer->op, writer->lines++));
}

/* Put a record at its place, unless that is taken. */
static inline bool tree_put_record(
	struct random_tree *tree, const struct gm_record *record, const char *old_path)
{
	gm_autobuf path = GM_BUF_INIT(GM_BUF_PATH), text = GM_BUF_INIT(GM_BUF_TEXT);
	struct tree_file *old = old_path ? tree_find(tree, old_path) : NULL;
	unsigned mode = old ? old->mode : GM_MODE_FILE;

	must(gm_record_path(&path, record));
	if (!path_is_free(tree, path.ptr, old_path))
		return false;
	must(gm_record_encode(&text, record));
	if (old)
		tree_remove_at(tree, (size_t)(old - tree->files));
	tree_put(tree, path.ptr, mode, text.ptr);
	return true;
}

static inline void add_random_memory(struct random_tree *tree, struct tree_writer *writer)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	/* Any order of ids between the writers. */
	gm_autofree char *id = gm_format("018f0000-0000-7000-8000-%06x%06x",
		draw(writer, 1 << 20), writer->number << 8 | writer->op);
	memcpy(record.id, id, GM_UUID_TEXT);
	record.created = INT64_C(1767323045) * GM_TIME_SECOND;
	record.type = draw(writer, 5) ? GM_RECORD_SEMANTIC : GM_RECORD_STATE;
	must(gm_record_set_text(&record.key, draw_key(writer)));
	if (draw(writer, 8) == 0)
		must(gm_buf_puts(&text, "the same\n"));
	else
		for (unsigned n = 1 + draw(writer, 6); n; n--)
			put_random_line(&text, writer);
	must(gm_record_set_content(&record, text.ptr, text.size));
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	if (!tree_put_record(tree, &record, NULL)) {
		must(gm_record_set_text(&record.key, NULL));
		(void)tree_put_record(tree, &record, NULL);
	}
}

static inline void edit_random_lines(
	struct gm_buf *out, struct tree_writer *writer, const char *text)
{
	for (const char *line = text; *line;) {
		size_t size = strcspn(line, "\n");
		unsigned dice = draw(writer, 8);
		if (dice < 2)
			put_random_line(out, writer);
		if (dice) {
			must(gm_buf_put(out, line, size));
			must(gm_buf_putc(out, '\n'));
		}
		line += size + (line[size] == '\n');
	}
	if (!out->size || draw(writer, 4) == 0)
		put_random_line(out, writer);
}

static inline void edit_random_fields(
	struct gm_record *record, struct tree_writer *writer)
{
	static const char *const tags[] = {"one", "two", "three", "four"};
	const char *tag = tags[draw(writer, 4)];

	if (draw(writer, 2))
		record->importance = draw(writer, 11) / 10.0;
	if (draw(writer, 2) && !gm_strv_remove(&record->tags, tag))
		must(gm_strv_add(&record->tags, tag));
	if (draw(writer, 3) == 0)
		must(gm_record_set_text(&record->agent, writer->name));
	if (draw(writer, 4) == 0)
		record->scope = (enum gm_scope)draw(writer, 3);
	if (draw(writer, 4) == 0)
		record->valid_until = record->created + draw(writer, 9) * GM_TIME_SECOND;
	if (draw(writer, 6) == 0)
		record->type = (enum gm_record_type)draw(writer, 4);
	if (draw(writer, 6) == 0) {
		json_decref(record->extra);
		record->extra = json_pack("{s:i}", "mood", (int)draw(writer, 5));
	}
}

static inline void edit_random_memory(
	struct random_tree *tree, struct tree_writer *writer, const char *path)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autofree char *key = NULL;
	unsigned what = draw(writer, 6);

	must(gm_record_copy(&record, tree_find(tree, path)->record));
	must(gm_record_set_text(&key, record.key));
	if (what < 2)
		must(gm_record_set_text(&record.key, draw_key(writer)));
	if (what > 0) {
		gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
		edit_random_lines(&text, writer, record.content);
		must(gm_record_set_content(&record, text.ptr, text.size));
	}
	if (what > 2)
		edit_random_fields(&record, writer);
	if (draw(writer, 8))
		record.updated = record.created +
			(1 + draw(writer, draw(writer, 2) ? 3 : 1000)) * GM_TIME_SECOND;
	must(gm_record_normalise(&record, GM_RECORD_MAX_CONTENT));
	if (tree_put_record(tree, &record, path))
		return;
	must(gm_record_set_text(&record.key, key));
	(void)tree_put_record(tree, &record, path);
}

/* Files that are no records: made, changed, and some of them in the way of memories. */
static inline void change_random_text(
	struct random_tree *tree, struct tree_writer *writer)
{
	static const char *const paths[] = {"README.md", "notes", "notes/a", "notes/b",
		"keys/user", "keys/a.md", "keys/c.txt", "keys/user/x.md", "memories"};
	const char *path = paths[draw(writer, sizeof(paths) / sizeof(*paths))];
	struct tree_file *file = tree_find(tree, path);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);

	if (file ? file->record != NULL : !path_is_free(tree, path, NULL))
		return;
	if (file && draw(writer, 4) == 0) {
		tree_remove_at(tree, (size_t)(file - tree->files));
		return;
	}
	if (!file && draw(writer, 4) == 0)
		must(gm_buf_puts(&text, "the same\n"));
	edit_random_lines(&text, writer, file ? file->text : "");
	unsigned mode = draw(writer, 6) ? GM_MODE_FILE : 0100755;
	if (draw(writer, 12) == 0)
		mode = 0120000;
	tree_put(tree, path, mode, text.ptr);
}

/* What somebody may do to a memory in a stock clone. */
static inline void handle_random_memory(
	struct random_tree *tree, struct tree_writer *writer, const char *path)
{
	struct tree_file *file = tree_find(tree, path);
	gm_autofree char *old = gm_strdup(file->text);
	gm_autofree char *odd = gm_format(
		"%s/odd%u.md", draw(writer, 2) ? "memories/x" : "keys", draw(writer, 3));
	gm_autobuf text = GM_BUF_INIT(GM_BUF_TEXT);
	unsigned mode = file->mode;

	switch (draw(writer, 4)) {
	case 0: /* breaks it */
		edit_random_lines(&text, writer, strstr(old, "\n---\n") + 5);
		tree_put(tree, path, mode, text.ptr);
		break;
	case 1: /* moves it */
		if (!path_is_free(tree, odd, NULL))
			break;
		tree_remove_at(tree, (size_t)(file - tree->files));
		tree_put(tree, odd, mode, old);
		break;
	case 2: /* copies it */
		if (path_is_free(tree, odd, NULL))
			tree_put(tree, odd, mode, old);
		break;
	default:
		file->mode = file->mode == GM_MODE_FILE ? 0100755 : GM_MODE_FILE;
	}
}

/* One change, of whatever kind. */
static inline void change_random_tree(
	struct random_tree *tree, struct tree_writer *writer)
{
	unsigned what = draw(writer, 12);
	unsigned which = draw(writer, TREE_MOST);

	if (!tree->n || what < 3) {
		add_random_memory(tree, writer);
		return;
	}
	size_t at = which % tree->n;
	char path[sizeof(tree->files[at].path)];
	memcpy(path, tree->files[at].path, sizeof(path));
	if (what < 5 || !tree->files[at].record)
		change_random_text(tree, writer);
	else if (what == 5)
		tree_remove_at(tree, at);
	else if (what < 8 && writer->by_hand)
		handle_random_memory(tree, writer, path);
	else
		edit_random_memory(tree, writer, path);
}

/* The tree that a list of files is. */
static inline struct gm_oid tree_write(
	struct gm_batch *batch, const struct random_tree *tree)
{
	struct gm_tree_change changes[TREE_MOST];
	struct gm_oid oid;

	for (size_t i = 0; i < tree->n; i++) {
		const struct tree_file *file = &tree->files[i];
		changes[i] =
			(struct gm_tree_change){.path = file->path, .mode = file->mode};
		must(gm_batch_write(&changes[i].oid, batch, GM_OBJECT_BLOB, file->text,
			strlen(file->text)));
	}
	must(gm_tree_update(&oid, batch, NULL, changes, tree->n));
	return oid;
}

static inline bool tree_has_same(
	const struct random_tree *tree, const struct tree_file *file)
{
	const struct tree_file *other = tree_find(tree, file->path);

	return other && other->mode == file->mode && !strcmp(other->text, file->text);
}

/* The record with an id, or NULL. */
static inline const struct gm_record *tree_find_record(
	const struct random_tree *tree, const char *id)
{
	for (size_t i = 0; i < tree->n; i++)
		if (tree->files[i].record && !strcmp(tree->files[i].record->id, id))
			return tree->files[i].record;
	return NULL;
}

static inline bool tree_has_line(
	const struct random_tree *tree, const char *line, size_t size)
{
	for (size_t i = 0; i < tree->n; i++) {
		const char *text = tree->files[i].text;
		const char *at = text;
		while ((at = memmem(at, strlen(at), line, size))) {
			if ((at == text || at[-1] == '\n') &&
				(!at[size] || at[size] == '\n'))
				return true;
			at++;
		}
	}
	return false;
}

static inline void tree_dump_file(const struct tree_file *file)
{
	print_message("# --- %s %o\n", file->path, file->mode);
	for (const char *line = file->text; *line;) {
		size_t size = strcspn(line, "\n");
		print_message("#     %.*s\n", (int)size, line);
		line += size + (line[size] == '\n');
	}
}

/* What is not as in `base`. */
static inline void tree_dump(
	const char *title, const struct random_tree *tree, const struct random_tree *base)
{
	print_message("# === %s\n", title);
	for (size_t i = 0; i < tree->n; i++)
		if (!tree_has_same(base, &tree->files[i]))
			tree_dump_file(&tree->files[i]);
	for (size_t i = 0; i < base->n; i++)
		if (!tree_find(tree, base->files[i].path))
			print_message("# --- %s is gone\n", base->files[i].path);
}

#endif
