#include <string.h>

#include "base/file.h"
#include "base/mapping.h"
#include "objstore/internal.h"

/* Git's limit on how far one borrowed folder may borrow from the next. */
#define DEPTH_MAX 5
#define SOURCES_MAX 64
#define FILE_MAX ((size_t)64 << 10)

/* One line: a folder, by itself or from the folder of objects that names it. */
static int add_line(struct gm_store *store, const struct gm_source *from,
	const char *line, size_t size)
{
	if (!size || !*line || *line == '#' || store->n_sources == SOURCES_MAX)
		return 0;
	gm_autofree char *name = gm_strndup(line, size);
	gm_autofree char *path = !name ? NULL
		: *name == '/'         ? gm_strdup(name)
				       : gm_path_join(from->dir, name);
	if (!path)
		return GM_ENOMEM;
	int rc = gm_store_add_source(store, path, from->depth + 1);
	/* One that is gone is no error until an object is missing, as with Git. */
	return rc == GM_ENOMEM ? rc : 0;
}

static int add_lines(
	struct gm_store *store, const struct gm_source *from, const char *text, size_t n)
{
	const char *line = text;
	const char *end = text + n;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);
		int rc = add_line(store, from, line, size);
		if (rc < 0)
			return rc;
		line += size + 1;
	}
	return 0;
}

static int add_alternates_of(struct gm_store *store, const struct gm_source *from)
{
	gm_autofree char *path = gm_path_join(from->dir, "info/alternates");

	if (!path)
		return GM_ENOMEM;
	gm_automapping file;
	int rc = gm_mapping_open(&file, path);
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc < 0)
		return rc;
	if (file.size > FILE_MAX)
		return gm_error(
			GM_ETOOBIG, "'%s' is larger than %zu bytes", path, FILE_MAX);
	return add_lines(store, from, (const char *)file.ptr, file.size);
}

int gm_store_read_alternates(struct gm_store *store)
{
	if (store->alternates_read)
		return 0;
	/* What is added is itself asked for its alternates in turn. */
	for (size_t i = 0; i < store->n_sources; i++) {
		if (store->sources[i]->depth >= DEPTH_MAX)
			continue;
		int rc = add_alternates_of(store, store->sources[i]);
		if (rc < 0)
			return rc;
	}
	store->alternates_read = true;
	return 0;
}

int gm_store_borrow(struct gm_store *store, const char *objects_dir)
{
	/* Behind the repository's own, and not asked for what it borrows itself. */
	int rc = gm_store_read_alternates(store);

	if (rc == 0)
		rc = gm_store_add_source(store, objects_dir, DEPTH_MAX);
	return rc;
}
