#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "dag/packed_refs.h"
#include "dag/refs_internal.h"

struct item {
	char *name;
	struct gm_oid oid;
	bool packed;
};

struct listing {
	struct gm_refs *refs;
	const char *prefix;
	struct gm_strv folders; /* still to be read */
	struct item *items;
	size_t n;
	size_t cap;
};

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static int add_item(struct listing *list, const char *name, size_t size,
	const struct gm_oid *oid, bool packed)
{
	int rc = gm_grow(&list->items, &list->cap, list->n + 1, sizeof(*list->items));

	if (rc < 0)
		return rc;
	struct item *item = &list->items[list->n];
	item->name = gm_strndup(name, size);
	if (!item->name)
		return GM_ENOMEM;
	item->oid = *oid;
	item->packed = packed;
	list->n++;
	return 0;
}

static int tell_broken(const struct gm_refs *refs, const char *name)
{
	if (refs->broken)
		refs->broken(name, refs->broken_payload);
	return 0;
}

/* A file below `refs/`. What can be no ref, as a `.lock`, is passed over, as git does. */
static int add_loose(struct listing *list, const char *name)
{
	struct gm_oid oid;

	if (!has_prefix(name, list->prefix) || gm_ref_check_name(name) < 0)
		return 0;
	int rc = gm_ref_read(&oid, NULL, list->refs, name);
	/* Symbolic and leading nowhere, or gone since the folder was read. */
	if (rc == GM_ENOTFOUND)
		return 0;
	if (rc == GM_EMISMATCH)
		return tell_broken(list->refs, name);
	return rc < 0 ? rc : add_item(list, name, strlen(name), &oid, false);
}

/* A folder that is being read. */
struct folder {
	struct listing *list;
	const char *name;
};

static int add_entry(const char *name, void *payload)
{
	const struct folder *folder = payload;
	struct listing *list = folder->list;
	gm_autofree char *ref = NULL;
	gm_autofree char *path = NULL;

	if (name[0] == '.')
		return 0;
	ref = gm_path_join(folder->name, name);
	path = ref ? gm_path_join(list->refs->gitdir, ref) : NULL;
	if (!path)
		return GM_ENOMEM;
	if (!gm_is_dir(path))
		return add_loose(list, ref);
	/* A name that is too long for a ref ends the descent. */
	if (gm_ref_check_name(ref) < 0)
		return 0;
	return gm_strv_add(&list->folders, ref);
}

static int read_folder(struct listing *list, const char *name)
{
	gm_autofree char *path = gm_path_join(list->refs->gitdir, name);
	struct folder folder = {.list = list, .name = name};

	if (!path)
		return GM_ENOMEM;
	int rc = gm_dir_each(path, add_entry, &folder);
	/* By now it, or a folder above, is a file. */
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int add_all_loose(struct listing *list)
{
	const char *slash = strrchr(list->prefix, '/');
	gm_autofree char *top = gm_strndup(slash ? list->prefix : "refs",
		slash ? (size_t)(slash - list->prefix) : 4);
	int rc = top ? gm_strv_add(&list->folders, top) : GM_ENOMEM;

	while (rc == 0 && list->folders.n) {
		gm_autofree char *folder = list->folders.items[--list->folders.n];
		rc = read_folder(list, folder);
	}
	return rc;
}

static int check_packed_name(const char *name)
{
	return gm_ref_check_name(name) < 0
		? gm_error(GM_EMISMATCH, "bad ref name '%s' in file 'packed-refs'", name)
		: 0;
}

static int add_packed(struct listing *list, const struct gm_packed_refs *packed)
{
	struct gm_packed_ref ref;
	size_t size = strlen(list->prefix);
	size_t at;
	int rc = gm_packed_refs_seek(&at, packed, list->prefix);

	while (rc >= 0 && (rc = gm_packed_refs_next(&ref, &at, packed)) > 0) {
		if (ref.name_size >= size && !memcmp(ref.name, list->prefix, size)) {
			rc = add_item(list, ref.name, ref.name_size, &ref.oid, true);
			if (rc == 0)
				rc = check_packed_name(list->items[list->n - 1].name);
		} else if (packed->sorted) {
			return 0;
		}
	}
	return rc;
}

static int add_all_packed(struct listing *list)
{
	struct gm_packed_refs packed;
	int rc = gm_packed_refs_open(&packed, list->refs->gitdir);

	if (rc < 0)
		return rc;
	rc = add_packed(list, &packed);
	gm_packed_refs_dispose(&packed);
	return rc;
}

/* By name; of two the file comes first, as it is the one that counts. */
static int compare_items(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->packed - y->packed;
}

int gm_ref_files_each(
	struct gm_refs *refs, const char *prefix, gm_ref_each_fn each, void *payload)
{
	struct listing list = {.refs = refs, .prefix = prefix};
	/* Files first: one that is packed meanwhile is then found in the pack. */
	int rc = add_all_loose(&list);

	if (rc == 0)
		rc = add_all_packed(&list);
	if (rc == 0 && list.n)
		qsort(list.items, list.n, sizeof(*list.items), compare_items);
	for (size_t i = 0; i < list.n && rc == 0; i++)
		if (!i || strcmp(list.items[i - 1].name, list.items[i].name) != 0)
			rc = each(list.items[i].name, &list.items[i].oid, payload);
	for (size_t i = 0; i < list.n; i++)
		gm_free(list.items[i].name);
	gm_free(list.items);
	gm_strv_dispose(&list.folders);
	return rc;
}
