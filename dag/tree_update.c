#include "dag/tree.h"

#include <stdlib.h>
#include <string.h>

/* All changes below one folder, in the order of trees; of equal paths the last one counts. */
struct range {
	const struct gm_tree_change *changes;
	size_t n;
	size_t skip; /* bytes of each path that name the folder, slash included */
};

/* A folder that is being rewritten: its old entries and the changes, side by side. */
struct folder {
	struct gm_batch *batch;
	struct range range;
	size_t next; /* the first change that was not dealt with */
	struct gm_buf base;
	size_t start; /* where the current entry of `base` begins */
	size_t end;
	struct gm_tree_entry entry;
	bool has_entry;
	struct gm_buf result;
	unsigned depth;
};

static int update_folder(struct gm_oid *out, struct gm_batch *batch,
	const struct gm_oid *base, const struct range *range, unsigned depth);

/* The changes' own names at this level. */
static const char *name_of(const struct range *range, size_t i)
{
	return range->changes[i].path + range->skip;
}

/* Whether this change is the last of its path. */
static bool counts(const struct range *range, size_t i)
{
	return i + 1 == range->n || strcmp(name_of(range, i), name_of(range, i + 1)) != 0;
}

static bool sets(const struct range *range, size_t i)
{
	return counts(range, i) && !gm_oid_is_zero(&range->changes[i].oid);
}

/* The first change from `name` followed by `tail`, which ends a file's name or a folder's. */
static size_t lower_bound(
	const struct range *range, const char *name, size_t size, char tail)
{
	size_t low = 0;
	size_t high = range->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = name_of(range, middle);
		int order = strncmp(other, name, size);
		if (!order)
			order = (unsigned char)other[size] - tail;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool names_at(
	const struct range *range, size_t i, const char *name, size_t size, char tail)
{
	return i < range->n && !strncmp(name_of(range, i), name, size) &&
		name_of(range, i)[size] == tail;
}

static bool sets_any(const struct range *range, const char *name, size_t size, char tail)
{
	size_t i = lower_bound(range, name, size, tail);

	for (; names_at(range, i, name, size, tail); i++)
		if (sets(range, i))
			return true;
	return false;
}

static bool sets_file(const struct range *range, const char *name, size_t size)
{
	return sets_any(range, name, size, '\0');
}

static bool sets_below(const struct range *range, const char *name, size_t size)
{
	return sets_any(range, name, size, '/');
}

static int step(struct folder *folder)
{
	folder->start = folder->end;
	int rc = gm_tree_next(&folder->entry, &folder->end, gm_buf_str(&folder->base),
		folder->base.size);
	folder->has_entry = rc > 0;
	return rc < 0 ? rc : 0;
}

static int put_entry(struct folder *folder, unsigned mode, const char *name, size_t size,
	const struct gm_oid *oid)
{
	int rc = gm_buf_printf(&folder->result, "%o ", mode);

	if (rc == 0)
		rc = gm_buf_put(&folder->result, name, size);
	if (rc == 0)
		rc = gm_buf_putc(&folder->result, '\0');
	return rc < 0 ? rc : gm_buf_put(&folder->result, oid->bytes, GM_OID_SIZE);
}

/* An entry that no change names; it may still be in the way of one. */
static int keep_entry(struct folder *folder)
{
	const struct gm_tree_entry *entry = &folder->entry;
	bool replaced = gm_tree_entry_is_folder(entry)
		? sets_file(&folder->range, entry->name, entry->name_size)
		: sets_below(&folder->range, entry->name, entry->name_size);

	if (replaced)
		return 0;
	return gm_buf_put(&folder->result, gm_buf_str(&folder->base) + folder->start,
		folder->end - folder->start);
}

/* Of links and modules nothing is left when a plain file takes their place. */
static unsigned choose_mode(
	const struct gm_tree_change *change, const struct gm_tree_entry *old)
{
	if (change->mode)
		return change->mode;
	return old && (old->mode & GM_MODE_TYPE) == (GM_MODE_FILE & GM_MODE_TYPE)
		? old->mode
		: GM_MODE_FILE;
}

/* `old` is the entry of the same name; NULL: there is none. */
static int change_file(struct folder *folder, const struct gm_tree_entry *old)
{
	const struct range *range = &folder->range;

	while (!counts(range, folder->next))
		folder->next++;
	size_t i = folder->next++;
	const char *name = name_of(range, i);
	if (!sets(range, i))
		return 0;
	return put_entry(folder, choose_mode(&range->changes[i], old), name, strlen(name),
		&range->changes[i].oid);
}

/* Changes of the folder as a whole come first: the last of them is what the others go by. */
static void take_whole(struct range *below, const struct gm_oid **base)
{
	while (below->n && !*name_of(below, 0)) {
		*base = &below->changes->oid;
		below->changes++;
		below->n--;
	}
}

/* Take all changes below the folder that the next one names; `base` is what it was, or NULL. */
static int change_folder(struct folder *folder, size_t size, const struct gm_oid *base)
{
	const struct range *range = &folder->range;
	const char *name = name_of(range, folder->next);
	size_t first = folder->next;
	struct gm_oid oid;

	while (names_at(range, folder->next, name, size, '/'))
		folder->next++;
	if (sets_file(range, name, size)) {
		if (sets_below(range, name, size))
			return gm_error(GM_EINVALID,
				"'%.*s' would be both a file and a folder",
				(int)(range->skip + size), range->changes[first].path);
		return 0;
	}
	struct range below = {.changes = range->changes + first,
		.n = folder->next - first,
		.skip = range->skip + size + 1};
	int rc = 0;
	take_whole(&below, &base);
	if (below.n)
		rc = update_folder(&oid, folder->batch, base, &below, folder->depth + 1);
	else
		oid = *base;
	if (rc < 0 || gm_oid_is_zero(&oid))
		return rc;
	return put_entry(folder, GM_MODE_TREE, name, size, &oid);
}

static int merge_next(struct folder *folder)
{
	struct gm_tree_entry wanted = {.mode = GM_MODE_FILE};
	int order = -1;
	int rc;

	if (folder->next < folder->range.n) {
		wanted.name = name_of(&folder->range, folder->next);
		wanted.name_size = strcspn(wanted.name, "/");
		if (wanted.name[wanted.name_size])
			wanted.mode = GM_MODE_TREE;
		order = folder->has_entry ? gm_tree_entry_compare(&folder->entry, &wanted)
					  : 1;
	}
	if (order < 0)
		rc = keep_entry(folder);
	else if (gm_tree_entry_is_folder(&wanted))
		rc = change_folder(
			folder, wanted.name_size, order ? NULL : &folder->entry.oid);
	else
		rc = change_file(folder, order ? NULL : &folder->entry);
	return rc == 0 && order <= 0 ? step(folder) : rc;
}

/* Write the new tree; the zero id when nothing is left in it. */
static int write_result(
	struct gm_oid *out, struct folder *folder, const struct gm_oid *base)
{
	const struct gm_buf *result = &folder->result;

	if (!result->size) {
		*out = gm_oid_zero;
		return 0;
	}
	if (result->size == folder->base.size &&
		!memcmp(result->ptr, folder->base.ptr, result->size)) {
		*out = *base;
		return 0;
	}
	return gm_batch_write_based(
		out, folder->batch, GM_OBJECT_TREE, result->ptr, result->size, base);
}

static int update_folder(struct gm_oid *out, struct gm_batch *batch,
	const struct gm_oid *base, const struct range *range, unsigned depth)
{
	struct folder folder = {.batch = batch,
		.range = *range,
		.depth = depth,
		.base = GM_BUF_INIT(GM_BUF_LARGE),
		.result = GM_BUF_INIT(GM_BUF_LARGE)};
	int rc = gm_tree_read_batch(&folder.base, batch, base);

	if (rc == 0)
		rc = gm_buf_reserve(&folder.result, folder.base.size);
	if (rc == 0)
		rc = step(&folder);
	while (rc == 0 && (folder.has_entry || folder.next < range->n))
		rc = merge_next(&folder);
	if (rc == 0)
		rc = write_result(out, &folder, base);
	gm_buf_dispose(&folder.base);
	gm_buf_dispose(&folder.result);
	return rc;
}

/* Once for all changes, so that the depth of the recursion is bounded before it begins. */
static int check_change(const struct gm_tree_change *change)
{
	const char *at = change->path;

	for (unsigned depth = 0;; depth++) {
		size_t size = strcspn(at, "/");
		if (depth && !*at && change->mode == GM_MODE_TREE)
			return 0;
		const char *fault = gm_tree_name_fault(at, size);
		if (!fault && depth >= GM_TREE_MAX_DEPTH)
			fault = "too many folders";
		if (fault)
			return gm_error(
				GM_EINVALID, "bad path '%s': %s", change->path, fault);
		at += size;
		if (!*at++)
			break;
	}
	if (!gm_oid_is_zero(&change->oid) && change->mode &&
		(!gm_tree_mode_is_known(change->mode) ||
			(change->mode & GM_MODE_TYPE) == GM_MODE_TREE))
		return gm_error(
			GM_EINVALID, "bad mode %o of '%s'", change->mode, change->path);
	return 0;
}

/* Of equal paths the one that came later in the list comes later. */
static int compare_changes(const void *a, const void *b)
{
	const struct gm_tree_change *const *x = a;
	const struct gm_tree_change *const *y = b;
	int order = strcmp((*x)->path, (*y)->path);

	return order ? order : (*x > *y) - (*x < *y);
}

static bool is_sorted(const struct gm_tree_change *changes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(changes[i - 1].path, changes[i].path) > 0)
			return false;
	return true;
}

/* The order of whole paths by bytes is the order of trees: a folder's name ends in its slash. */
static int sort_changes(struct gm_tree_change *changes, size_t n)
{
	if (is_sorted(changes, n))
		return 0;
	gm_autofree const struct gm_tree_change **order = gm_calloc(n, sizeof(*order));
	gm_autofree struct gm_tree_change *sorted = gm_calloc(n, sizeof(*sorted));

	if (!order || !sorted)
		return GM_ENOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = &changes[i];
	qsort(order, n, sizeof(*order), compare_changes);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *order[i];
	memcpy(changes, sorted, n * sizeof(*sorted));
	return 0;
}

int gm_tree_update(struct gm_oid *out, struct gm_batch *batch, const struct gm_oid *base,
	struct gm_tree_change *changes, size_t n)
{
	struct gm_oid oid;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = check_change(&changes[i]);
	if (rc == 0)
		rc = sort_changes(changes, n);
	if (rc < 0)
		return rc;
	struct range all = {.changes = changes, .n = n};
	rc = update_folder(&oid, batch, base, &all, 0);
	if (rc == 0 && gm_oid_is_zero(&oid))
		rc = gm_batch_write(&oid, batch, GM_OBJECT_TREE, "", 0);
	if (rc < 0)
		return rc;
	*out = oid;
	return 0;
}
