#include "dag/commit_graph_paths.h"

#include <string.h>

#include "dag/bloom.h"
#include "dag/tree.h"

#define TOO_MANY 1

/* What differs, and the folders above it, one name behind the other. */
struct paths {
	struct gm_buf names; /* each ends in a NUL */
	size_t n;
	struct gm_buf last; /* the path before this one */
};

static int add(struct paths *paths, const char *path, size_t size)
{
	if (paths->n++ == GM_BLOOM_MAX_PATHS)
		return TOO_MANY;
	int rc = gm_buf_put(&paths->names, path, size);
	return rc < 0 ? rc : gm_buf_putc(&paths->names, '\0');
}

static int add_path(const struct gm_tree_delta *delta, void *payload)
{
	struct paths *paths = payload;
	const char *last = gm_buf_str(&paths->last);
	const char *path = delta->path;
	int rc = 0;

	/* Paths come in order, so that a folder was there just before or never. */
	for (size_t i = 1; rc == 0 && path[i]; i++)
		if (path[i] == '/' && (strncmp(path, last, i) != 0 || last[i] != '/'))
			rc = add(paths, path, i);
	if (rc == 0)
		rc = add(paths, path, strlen(path));
	gm_buf_reset(&paths->last);
	return rc ? rc : gm_buf_puts(&paths->last, path);
}

static int put_filter(struct gm_buf *out, const struct paths *paths)
{
	const size_t size = gm_bloom_size(paths->n);
	int rc = gm_buf_reserve(out, size);

	if (rc < 0)
		return rc;
	uint8_t *filter = (uint8_t *)out->ptr + out->size;
	memset(filter, 0, size + 1);
	out->size += size;
	const char *at = gm_buf_str(&paths->names);
	const char *end = at + paths->names.size;
	for (; at < end; at += strlen(at) + 1)
		gm_bloom_add(filter, size, at, strlen(at));
	return 0;
}

int gm_graph_paths_filter(struct gm_buf *out, struct gm_store *store,
	const struct gm_oid *old_tree, const struct gm_oid *new_tree)
{
	struct paths paths = {
		.names = GM_BUF_INIT(GM_BUF_LARGE), .last = GM_BUF_INIT(GM_BUF_LARGE)};
	int rc = gm_tree_diff(store, old_tree, new_tree, add_path, &paths);

	if (rc == 0)
		rc = put_filter(out, &paths);
	else if (rc == TOO_MANY)
		rc = gm_buf_putc(out, (char)0xff);
	gm_buf_dispose(&paths.names);
	gm_buf_dispose(&paths.last);
	return rc;
}
