#include <stdlib.h>
#include <string.h>

#include "cmd/expectation.h"
#include "dag/tree.h"

/* Larger files are none. */
#define FILE_MAX_SIZE ((size_t)64 << 10)

#define SUFFIX ".txt"

static void file_dispose(struct gm_expectation_file *file)
{
	gm_free(file->path);
	gm_free(file->fault);
	gm_expectation_dispose(&file->expectation);
}

void gm_expectations_dispose(struct gm_expectations *list)
{
	for (size_t i = 0; i < list->n; i++)
		file_dispose(&list->items[i]);
	gm_free(list->items);
	*list = (struct gm_expectations)GM_EXPECTATIONS_INIT;
}

static struct gm_expectation_file *find_path(
	const struct gm_expectations *list, const char *path)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i].path, path))
			return &list->items[i];
	return NULL;
}

/* Append a file of which nothing is known yet. */
static int add(
	struct gm_expectation_file **out, struct gm_expectations *list, const char *path)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));
	char *copy = rc == 0 ? gm_strdup(path) : NULL;

	if (!copy)
		return GM_ENOMEM;
	*out = &list->items[list->n++];
	**out = (struct gm_expectation_file){
		.path = copy, .expectation = GM_EXPECTATION_INIT};
	return 0;
}

/* What went wrong with one file is told of it, unless it concerns all. */
static int settle(struct gm_expectation_file *file, int rc)
{
	if (rc == 0 || rc == GM_ENOMEM || rc == GM_EINTERRUPTED)
		return rc;
	file->fault = gm_strdup(gm_error_last()->message);
	return file->fault ? 0 : GM_ENOMEM;
}

static int read_blob(struct gm_expectation_file *file, struct gm_store *store,
	const struct gm_tree_entry *entry)
{
	gm_autobuf bytes = GM_BUF_INIT(FILE_MAX_SIZE);

	if ((entry->mode & GM_MODE_TYPE) != (GM_MODE_FILE & GM_MODE_TYPE))
		return gm_error(GM_EINVALID, "it is no file");
	int rc = gm_store_read_type(&bytes, store, &entry->oid, GM_OBJECT_BLOB);
	return rc < 0 ? rc
		      : gm_expectation_decode(
				&file->expectation, gm_buf_str(&bytes), bytes.size);
}

static int read_entry(struct gm_expectations *list, struct gm_store *store,
	const struct gm_tree_entry *entry)
{
	gm_autofree char *path =
		gm_format(GM_EXPECT_FOLDER "/%.*s", (int)entry->name_size, entry->name);
	struct gm_expectation_file *file;
	int rc = path ? add(&file, list, path) : GM_ENOMEM;

	return rc < 0 ? rc : settle(file, read_blob(file, store, entry));
}

static int read_tree(
	struct gm_expectations *list, struct gm_store *store, const struct gm_oid *root)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_expectation_file *file;
	struct gm_tree_entry entry;
	struct gm_oid oid;
	unsigned mode;
	size_t at = 0;
	int rc = gm_tree_lookup(&oid, &mode, store, root, GM_EXPECT_FOLDER);

	if (rc < 0)
		return rc == GM_ENOTFOUND ? 0 : rc;
	if ((mode & GM_MODE_TYPE) != GM_MODE_TREE) {
		rc = add(&file, list, GM_EXPECT_FOLDER);
		return rc < 0 ? rc
			      : settle(file, gm_error(GM_EINVALID, "it is no folder"));
	}
	rc = gm_tree_read(&tree, store, &oid);
	while (rc == 0 && (rc = gm_tree_next(&entry, &at, tree.ptr, tree.size)) > 0)
		rc = read_entry(list, store, &entry);
	return rc;
}

static void take_out(struct gm_expectations *list, const char *path)
{
	struct gm_expectation_file *file = find_path(list, path);

	if (!file)
		return;
	file_dispose(file);
	*file = list->items[--list->n];
}

static int read_staged(struct gm_expectations *list, const struct gm_change *change)
{
	struct gm_expectation_file *file;

	if (strncmp(change->path, GM_EXPECT_FOLDER "/", sizeof(GM_EXPECT_FOLDER)) != 0)
		return 0;
	take_out(list, change->path);
	if (!change->data)
		return 0;
	int rc = add(&file, list, change->path);
	return rc < 0 ? rc
		      : settle(file,
				gm_expectation_decode(
					&file->expectation, change->data, change->size));
}

static int compare_paths(const void *a, const void *b)
{
	const struct gm_expectation_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int gm_expectations_read(struct gm_expectations *out, struct gm_store *store,
	const struct gm_oid *tree, const struct gm_stage *stage)
{
	gm_autoexpectations list = GM_EXPECTATIONS_INIT;
	int rc = read_tree(&list, store, tree);

	for (size_t i = 0; rc == 0 && stage && i < gm_stage_size(stage); i++)
		rc = read_staged(&list, gm_stage_at(stage, i));
	if (rc < 0)
		return rc;
	if (list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare_paths);
	*out = list;
	list = (struct gm_expectations)GM_EXPECTATIONS_INIT;
	return 0;
}

int gm_expectation_name(struct gm_buf *out, const char *path)
{
	const size_t folder = sizeof(GM_EXPECT_FOLDER);
	const char *name = strlen(path) > folder ? path + folder : path;
	size_t size = strlen(name), suffix = strlen(SUFFIX);

	if (size > suffix && !strcmp(name + size - suffix, SUFFIX))
		size -= suffix;
	return gm_buf_put(out, name, size);
}

static bool is_part(const char *name, const char *part)
{
	size_t all = strlen(name), size = strlen(part);

	return size >= 4 && size <= all &&
		(!strncmp(name, part, size) || !strcmp(name + all - size, part));
}

int gm_expectations_find(
	size_t *out, const struct gm_expectations *list, const char *name)
{
	size_t n_parts = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct gm_expectation_file *file = &list->items[i];
		gm_autobuf own = GM_BUF_INIT(GM_BUF_PATH);
		int rc = gm_expectation_name(&own, file->path);
		if (rc < 0)
			return rc;
		if (!strcmp(file->path, name) || !strcmp(gm_buf_str(&own), name) ||
			(file->expectation.question &&
				!strcmp(file->expectation.question, name))) {
			*out = i;
			return 0;
		}
		if (!is_part(gm_buf_str(&own), name))
			continue;
		*out = i;
		n_parts++;
	}
	if (n_parts > 1)
		return gm_error(
			GM_EAMBIGUOUS, "'%s' fits %zu expectations", name, n_parts);
	return n_parts ? 0 : gm_error(GM_ENOTFOUND, "no expectation '%s'", name);
}

static int set_expectation(json_t *object, const struct gm_expectation *expectation)
{
	json_t *must = gm_json_array();
	int rc = must ? gm_json_set_string(object, "question", expectation->question)
		      : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_int(object, "top", (long long)expectation->top);
	for (size_t i = 0; rc == 0 && i < expectation->must.n; i++)
		rc = gm_json_append(must, gm_json_string(expectation->must.items[i]));
	if (rc < 0) {
		json_decref(must);
		return rc;
	}
	return gm_json_set(object, "must", must);
}

static int set_nothing(json_t *object)
{
	int rc = gm_json_set(object, "question", json_null());

	if (rc == 0)
		rc = gm_json_set(object, "top", json_null());
	return rc < 0 ? rc : gm_json_set(object, "must", json_null());
}

int gm_expectation_json(json_t **out, const struct gm_expectation_file *file)
{
	gm_autojson *object = gm_json_object();
	gm_autobuf name = GM_BUF_INIT(GM_BUF_PATH);
	int rc = object ? gm_expectation_name(&name, file->path) : GM_ENOMEM;

	if (rc == 0)
		rc = gm_json_set_string(object, "name", gm_buf_str(&name));
	if (rc == 0)
		rc = gm_json_set_string(object, "path", file->path);
	if (rc == 0)
		rc = file->fault ? set_nothing(object)
				 : set_expectation(object, &file->expectation);
	if (rc == 0)
		*out = gm_steal(&object);
	return rc;
}
