#include "dag/tree.h"

#include <string.h>
#include <strings.h>

bool gm_tree_entry_is_folder(const struct gm_tree_entry *entry)
{
	return (entry->mode & GM_MODE_TYPE) == GM_MODE_TREE;
}

int gm_tree_entry_compare(const struct gm_tree_entry *a, const struct gm_tree_entry *b)
{
	size_t n = a->name_size < b->name_size ? a->name_size : b->name_size;
	int order = memcmp(a->name, b->name, n);

	if (order)
		return order;
	unsigned char end_a = gm_tree_entry_is_folder(a) ? '/' : '\0';
	unsigned char end_b = gm_tree_entry_is_folder(b) ? '/' : '\0';
	if (a->name_size > n)
		end_a = (unsigned char)a->name[n];
	if (b->name_size > n)
		end_b = (unsigned char)b->name[n];
	return end_a - end_b;
}

const char *gm_tree_name_fault(const char *name, size_t size)
{
	if (!size)
		return "empty name";
	if (memchr(name, '/', size))
		return "slash in a name";
	if (memchr(name, '\0', size))
		return "NUL in a name";
	if (name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')))
		return "name is '.' or '..'";
	/* A short name of NTFS means the same folder. */
	if ((size == 4 && !strncasecmp(name, ".git", 4)) ||
		(size == 5 && !strncasecmp(name, "git~1", 5)))
		return "name is '.git'";
	return NULL;
}

bool gm_tree_mode_is_known(unsigned mode)
{
	switch (mode & GM_MODE_TYPE) {
	case 0100000:
		return (mode & ~0100777u) == 0;
	case GM_MODE_TREE:
	case 0120000:
	case 0160000:
		return (mode & ~GM_MODE_TYPE) == 0;
	default:
		return false;
	}
}

static int parse_mode(unsigned *out, size_t *at, const char *data, size_t size)
{
	size_t i = *at;
	unsigned mode = 0;

	while (i < size && i - *at < 7 && data[i] >= '0' && data[i] <= '7')
		mode = mode << 3 | (unsigned)(data[i++] - '0');
	if (i == size || data[i] != ' ' || !gm_tree_mode_is_known(mode))
		return gm_error(GM_EMISMATCH, "unknown mode at byte %zu", *at);
	*out = mode;
	*at = i + 1;
	return 0;
}

int gm_tree_next(struct gm_tree_entry *out, size_t *at, const char *data, size_t size)
{
	struct gm_tree_entry entry;
	size_t i = *at;

	if (i >= size)
		return 0;
	int rc = parse_mode(&entry.mode, &i, data, size);
	if (rc < 0)
		return rc;
	const char *end = memchr(data + i, '\0', size - i);
	if (!end || size - (size_t)(end - data) - 1 < GM_OID_SIZE)
		return gm_error(GM_EMISMATCH, "cut off in the entry at byte %zu", *at);
	entry.name = data + i;
	entry.name_size = (size_t)(end - entry.name);
	const char *fault = gm_tree_name_fault(entry.name, entry.name_size);
	if (fault)
		return gm_error(GM_EMISMATCH, "%s at byte %zu", fault, *at);
	memcpy(entry.oid.bytes, end + 1, GM_OID_SIZE);
	*out = entry;
	*at = (size_t)(end - data) + 1 + GM_OID_SIZE;
	return 1;
}

/*
 * Files for whose name a folder can still come. Names between `a` and `a/` in the order, such
 * as `a-b`, may stand between the two, so looking at the neighbour is not enough.
 */
struct open_files {
	struct gm_tree_entry *items;
	size_t n;
	size_t cap;
};

/* True when `entry` is a folder whose name a file before it had. */
static bool is_twin(struct open_files *files, const struct gm_tree_entry *entry)
{
	for (; files->n; files->n--) {
		const struct gm_tree_entry *file = &files->items[files->n - 1];
		size_t size = file->name_size;

		if (entry->name_size < size || memcmp(entry->name, file->name, size) != 0)
			continue;
		if (entry->name_size == size)
			return true;
		if ((unsigned char)entry->name[size] < '/')
			return false;
	}
	return false;
}

static int check_entries(struct open_files *files, const char *data, size_t size)
{
	struct gm_tree_entry previous = {.name = NULL};
	struct gm_tree_entry entry;
	size_t at = 0;
	size_t start = 0;
	int rc;

	while ((rc = gm_tree_next(&entry, &at, data, size)) > 0) {
		if (previous.name && gm_tree_entry_compare(&previous, &entry) >= 0)
			return gm_error(GM_EMISMATCH, "out of order at byte %zu", start);
		if (is_twin(files, &entry))
			return gm_error(GM_EMISMATCH, "a name twice at byte %zu", start);
		if (!gm_tree_entry_is_folder(&entry)) {
			rc = gm_grow(&files->items, &files->cap, files->n + 1,
				sizeof(*files->items));
			if (rc < 0)
				return rc;
			files->items[files->n++] = entry;
		}
		previous = entry;
		start = at;
	}
	return rc;
}

int gm_tree_check(const char *data, size_t size)
{
	struct open_files files = {.items = NULL};
	int rc = check_entries(&files, data, size);

	gm_free(files.items);
	return rc;
}

static bool is_empty_tree(const struct gm_oid *oid)
{
	return !oid || gm_oid_is_zero(oid) || gm_oid_equal(oid, &gm_oid_empty_tree);
}

/* What came of reading `oid`, which should be a tree. */
static int expect_tree(int rc, enum gm_object_type type, const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	gm_oid_format(hex, oid);
	if (rc == GM_ENOTFOUND)
		return gm_error(GM_EMISMATCH, "tree '%s' is missing", hex);
	if (type != GM_OBJECT_TREE)
		return gm_error(GM_EMISMATCH, "object '%s' is a %s, not a tree", hex,
			gm_object_type_name(type));
	return 0;
}

/* From the batch when there is one. */
static int read_tree(struct gm_buf *out, struct gm_store *store, struct gm_batch *batch,
	const struct gm_oid *oid)
{
	enum gm_object_type type = GM_OBJECT_NONE;

	gm_buf_reset(out);
	if (is_empty_tree(oid))
		return 0;
	int rc = batch ? gm_batch_read(out, &type, batch, oid)
		       : gm_store_read(out, &type, store, oid);
	rc = expect_tree(rc, type, oid);
	if (rc < 0)
		return rc;
	rc = gm_tree_check(gm_buf_str(out), out->size);
	return rc < 0 ? gm_tree_broken(oid) : 0;
}

int gm_tree_broken(const struct gm_oid *oid)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, oid);
	return gm_error_prefix("tree '%s' is broken", hex);
}

static int read_once(struct gm_buf *out, struct gm_store *store, const struct gm_oid *oid,
	const struct gm_oid *near, const struct gm_buf *near_bytes)
{
	enum gm_object_type type = GM_OBJECT_NONE;

	gm_buf_reset(out);
	if (is_empty_tree(oid))
		return 0;
	int rc = gm_store_read_once(out, &type, store, oid, near, near_bytes);
	return expect_tree(rc, type, oid);
}

int gm_tree_read_pair(struct gm_buf *old_out, struct gm_buf *new_out,
	struct gm_store *store, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid)
{
	/* An old version is mostly stored as its difference to the one that followed. */
	int rc = read_once(new_out, store, new_oid, NULL, NULL);

	if (rc < 0 || is_empty_tree(new_oid))
		return rc < 0 ? rc : read_once(old_out, store, old_oid, NULL, NULL);
	return read_once(old_out, store, old_oid, new_oid, new_out);
}

int gm_tree_read(struct gm_buf *out, struct gm_store *store, const struct gm_oid *oid)
{
	return read_tree(out, store, NULL, oid);
}

int gm_tree_read_batch(
	struct gm_buf *out, struct gm_batch *batch, const struct gm_oid *oid)
{
	return read_tree(out, NULL, batch, oid);
}

int gm_tree_read_unchecked(struct gm_buf *out, struct gm_batch *batch,
	const struct gm_oid *oid, const struct gm_near *near)
{
	enum gm_object_type type = GM_OBJECT_NONE;

	gm_buf_reset(out);
	if (is_empty_tree(oid))
		return 0;
	int rc = gm_batch_read_once(out, &type, batch, oid, near);
	return expect_tree(rc, type, oid);
}

int gm_tree_find(struct gm_tree_entry *out, const struct gm_buf *tree, const char *name,
	size_t size)
{
	size_t at = 0;
	int rc;

	while ((rc = gm_tree_next(out, &at, gm_buf_str(tree), tree->size)) > 0)
		if (out->name_size == size && !memcmp(out->name, name, size))
			break;
	return rc;
}

int gm_tree_lookup(struct gm_oid *oid_out, unsigned *mode_out, struct gm_store *store,
	const struct gm_oid *root, const char *path)
{
	gm_autobuf tree = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_tree_entry entry = {.mode = GM_MODE_TREE, .oid = gm_oid_empty_tree};
	const char *at = path;

	if (root && !gm_oid_is_zero(root))
		entry.oid = *root;
	while (*at) {
		size_t size = strcspn(at, "/");
		int rc = 0;

		if (gm_tree_entry_is_folder(&entry))
			rc = gm_tree_read(&tree, store, &entry.oid);
		if (rc == 0 && gm_tree_entry_is_folder(&entry))
			rc = gm_tree_find(&entry, &tree, at, size);
		if (rc < 0)
			return rc;
		if (rc == 0 || (at[size] && !at[size + 1]))
			return gm_error(GM_ENOTFOUND, "there is no '%s'", path);
		at += size + (at[size] == '/');
	}
	*oid_out = entry.oid;
	*mode_out = entry.mode;
	return 0;
}
