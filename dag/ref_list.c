#include "dag/ref_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "dag/packed_refs.h"
#include "dag/refs_internal.h"

void gm_ref_list_dispose(struct gm_ref_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		gm_free(list->items[i].name);
		gm_free(list->items[i].target);
	}
	gm_free(list->items);
	*list = (struct gm_ref_list)GM_REF_LIST_INIT;
}

static int add(struct gm_ref_list *list, const char *name, size_t size,
	const struct gm_ref_item *item)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc < 0)
		return rc;
	struct gm_ref_item *added = &list->items[list->n];
	*added = *item;
	added->name = gm_strndup(name, size);
	added->target = item->target ? gm_strdup(item->target) : NULL;
	list->n++;
	return added->name && (added->target || !item->target) ? 0 : GM_ENOMEM;
}

static int compare(const void *a, const void *b)
{
	const struct gm_ref_item *x = a;
	const struct gm_ref_item *y = b;
	int order = strcmp(x->name, y->name);

	/* Of two the file comes first, as it is the one that counts. */
	return order ? order : y->has_file - x->has_file;
}

static void sort(struct gm_ref_list *list)
{
	size_t n = 0;

	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), compare);
	for (size_t i = 0; i < list->n; i++) {
		struct gm_ref_item *item = &list->items[i];
		if (n && !strcmp(list->items[n - 1].name, item->name)) {
			gm_free(item->name);
			gm_free(item->target);
		} else {
			list->items[n++] = *item;
		}
	}
	list->n = n;
}

/* A walk through the folders of refs. */
struct walk {
	struct gm_ref_list *list;
	const struct gm_refs *refs;
	struct gm_strv folders;
	const char *folder;
};

static int add_file(struct walk *walk, const char *name)
{
	struct gm_loose_ref loose = {.target = NULL};
	int rc = gm_loose_ref_read(&loose, walk->refs, name);
	gm_autofree char *target = rc > 0 ? loose.target : NULL;
	const struct gm_ref_item item = {
		.oid = loose.oid, .target = target, .has_file = true};

	return rc <= 0 ? rc : add(walk->list, name, strlen(name), &item);
}

static int add_entry(const char *name, void *payload)
{
	struct walk *walk = payload;
	gm_autofree char *ref = gm_path_join(walk->folder, name);
	gm_autofree char *path = ref ? gm_path_join(walk->refs->gitdir, ref) : NULL;

	if (!path)
		return GM_ENOMEM;
	/* What can be no ref, as a `.lock`, is passed over. */
	if (name[0] == '.' || gm_ref_check_name(ref) < 0)
		return 0;
	return gm_is_dir(path) ? gm_strv_add(&walk->folders, ref) : add_file(walk, ref);
}

static int add_files(struct gm_ref_list *list, const struct gm_refs *refs)
{
	struct walk walk = {.list = list, .refs = refs};
	int rc = gm_strv_add(&walk.folders, "refs");

	while (rc == 0 && walk.folders.n) {
		gm_autofree char *folder = walk.folders.items[--walk.folders.n];
		gm_autofree char *path = gm_path_join(refs->gitdir, folder);
		walk.folder = folder;
		rc = path ? gm_dir_each(path, add_entry, &walk) : GM_ENOMEM;
		/* By now it, or a folder above, is a file. */
		if (rc == GM_ENOTFOUND)
			rc = 0;
	}
	gm_strv_dispose(&walk.folders);
	return rc;
}

static int add_packed(struct gm_ref_list *list, const char *gitdir)
{
	struct gm_packed_refs packed;
	struct gm_packed_ref ref;
	int rc = gm_packed_refs_open(&packed, gitdir);

	if (rc < 0)
		return rc;
	size_t at = packed.start;
	while (rc == 0 && (rc = gm_packed_refs_next(&ref, &at, &packed)) > 0) {
		const struct gm_ref_item item = {.oid = ref.oid};
		rc = add(list, ref.name, ref.name_size, &item);
		if (rc == 0 && gm_ref_check_name(list->items[list->n - 1].name) < 0)
			rc = gm_error(GM_EMISMATCH,
				"bad ref name '%s' in file 'packed-refs'",
				list->items[list->n - 1].name);
	}
	gm_packed_refs_dispose(&packed);
	return rc;
}

int gm_ref_list_read_files(struct gm_ref_list *out, const char *gitdir, bool with_head)
{
	gm_cleanup(gm_refs_free_p) struct gm_refs *refs = NULL;
	struct walk walk = {.list = out};
	int rc = gm_refs_open(&refs, gitdir);

	walk.refs = refs;
	if (rc == 0 && with_head)
		rc = add_file(&walk, "HEAD");
	if (rc == 0 && with_head)
		rc = add_file(&walk, GM_BISECT_HEAD);
	/* Files first: one that is packed meanwhile is then found in the pack. */
	if (rc == 0)
		rc = add_files(out, refs);
	if (rc == 0)
		rc = add_packed(out, gitdir);
	if (rc == 0)
		sort(out);
	return rc;
}

int gm_ref_list_read_packed(struct gm_ref_list *out, const char *gitdir)
{
	int rc = add_packed(out, gitdir);

	if (rc == 0)
		sort(out);
	return rc;
}

static int add_stored(const char *name, const struct gm_ref_value *value, void *payload)
{
	const struct gm_ref_item item = {
		.oid = value->oid, .target = (char *)(uintptr_t)value->target};

	return add(payload, name, strlen(name), &item);
}

int gm_ref_list_read_store(struct gm_ref_list *out, struct gm_store *store)
{
	int rc = gm_store_refs_each(store, "", add_stored, out);

	if (rc == 0)
		sort(out);
	return rc;
}

struct gm_ref_item *gm_ref_list_find(const struct gm_ref_list *list, const char *name)
{
	size_t low = 0;
	size_t high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(list->items[middle].name, name);
		if (order == 0)
			return &list->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool is_same(const struct gm_ref_item *a, const struct gm_ref_item *b)
{
	if (strcmp(a->name, b->name) != 0 || !a->target != !b->target)
		return false;
	return a->target ? !strcmp(a->target, b->target) : gm_oid_equal(&a->oid, &b->oid);
}

bool gm_ref_list_equal(const struct gm_ref_list *a, const struct gm_ref_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!is_same(&a->items[i], &b->items[i]))
			return false;
	return true;
}

/* One ref, and behind it what it leads to if it is a tag. What is missing is for fsck to tell. */
static int put_ref(
	struct gm_buf *out, const struct gm_ref_item *item, struct gm_store *store)
{
	char hex[GM_OID_HEX];
	struct gm_oid peeled;
	enum gm_object_type type;

	gm_oid_format(hex, &item->oid);
	int rc = gm_buf_printf(out, "%s %s\n", hex, item->name);
	if (rc < 0)
		return rc;
	rc = gm_object_peel(&peeled, &type, store, &item->oid);
	if (rc == GM_ENOTFOUND || rc == GM_EMISMATCH ||
		(rc == 0 && gm_oid_equal(&peeled, &item->oid)))
		return 0;
	gm_oid_format(hex, &peeled);
	return rc < 0 ? rc : gm_buf_printf(out, "^%s\n", hex);
}

int gm_ref_list_put_packed(
	struct gm_buf *out, const struct gm_ref_list *list, struct gm_store *store)
{
	int rc = gm_buf_puts(out, "# pack-refs with: peeled fully-peeled sorted \n");

	for (size_t i = 0; rc == 0 && i < list->n; i++)
		if (!list->items[i].target && !strncmp(list->items[i].name, "refs/", 5))
			rc = put_ref(out, &list->items[i], store);
	return rc;
}
