#include <string.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/store_clone_internal.h"

/* How often packs may be replaced by others while they are linked. */
#define ROUNDS_MAX 10

/* One folder that is linked into another. */
struct folder {
	struct gm_cloning *cloning;
	const char *from;
	const char *to;
	bool is_made;  /* the one that is linked into */
	bool has_gone; /* a file that was listed */
};

static bool is_hex(const char *text, size_t size)
{
	return strspn(text, "0123456789abcdef") == size && !text[size];
}

static int link_into(struct folder *folder, const char *name)
{
	int rc = folder->is_made ? 0 : gm_mkdirs(folder->to);

	folder->is_made = true;
	return rc < 0 ? rc
		      : gm_cloning_link(folder->cloning, folder->to, folder->from, name);
}

static int link_loose(const char *name, void *payload)
{
	if (!is_hex(name, GM_OID_HEX - 1 - 2))
		return 0;
	int rc = link_into(payload, name);
	/* It is in a pack by now, and packs come later. */
	return rc == GM_ENOTFOUND ? 0 : rc;
}

static int link_fan(const char *name, void *payload)
{
	const struct folder *objects = payload;

	if (!is_hex(name, 2))
		return 0;
	gm_autofree char *from = gm_path_join(objects->from, name);
	gm_autofree char *to = gm_path_join(objects->to, name);
	if (!from || !to)
		return GM_ENOMEM;
	struct folder folder = {.cloning = objects->cloning, .from = from, .to = to};
	int rc = gm_dir_each(from, link_loose, &folder);
	return rc < 0 || !folder.is_made ? rc : gm_fsync_dir(to);
}

static bool has_name(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);

	return path && gm_path_exists(path);
}

/* The pack first: one without an index is not seen. */
static int link_pack(const char *name, void *payload)
{
	static const char *const kinds[] = {".pack", ".rev", ".idx"};
	struct folder *folder = payload;
	size_t size = strlen(name);
	int rc = 0;

	if (size < 10 || strncmp(name, "pack-", 5) != 0 ||
		strcmp(name + size - 4, ".idx") != 0 || has_name(folder->to, name))
		return 0;
	for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(*kinds); i++) {
		gm_autofree char *file =
			gm_format("%.*s%s", (int)size - 4, name, kinds[i]);
		rc = file ? link_into(folder, file) : GM_ENOMEM;
		if (rc == GM_ENOTFOUND && i == 1)
			rc = 0; /* not every pack has one */
	}
	folder->has_gone = folder->has_gone || rc == GM_ENOTFOUND;
	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* Where a pack has gone others have its objects. */
static int link_packs(struct gm_cloning *cloning, const char *from, const char *to)
{
	struct folder folder = {.cloning = cloning, .from = from, .to = to};
	int rc = 0;

	for (int rounds = 0; rc == 0 && rounds < ROUNDS_MAX; rounds++) {
		folder.has_gone = false;
		rc = gm_dir_each(from, link_pack, &folder);
		if (rc == 0 && !folder.has_gone)
			return folder.is_made ? gm_fsync_dir(to) : 0;
	}
	return rc < 0 ? rc : GM_ENOTFOUND;
}

static int list_alternates(struct gm_buf *out, struct gm_store *from)
{
	int rc = gm_store_read_alternates(from);

	for (size_t i = 0; rc == 0 && i < from->n_sources; i++)
		if (from->sources[i]->depth)
			rc = gm_buf_printf(out, "%s\n", from->sources[i]->dir);
	return rc;
}

static int write_alternates(const struct gm_cloning *cloning, const char *objects)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autofree char *path = gm_path_join(objects, "info/alternates");
	int rc = path ? list_alternates(&text, cloning->from) : GM_ENOMEM;

	if (rc < 0 || !text.size)
		return rc;
	rc = gm_mkdirs_for(path);
	return rc < 0 ? rc : gm_file_write(path, text.ptr, text.size);
}

static int link_names(const char *name, void *payload)
{
	int rc = strncmp(name, "map-", 4) ? 0 : link_into(payload, name);

	return rc == GM_ENOTFOUND ? 0 : rc;
}

/* What is missing of it is worked out again. */
static int clone_names(struct gm_cloning *cloning)
{
	gm_autofree char *from = cloning->from->gitdir
		? gm_path_join(cloning->from->gitdir, "names")
		: NULL;
	gm_autofree char *to = gm_path_join(cloning->gitdir, "names");
	struct folder folder = {.cloning = cloning, .from = from, .to = to};

	if (!cloning->from->gitdir)
		return 0;
	return from && to ? gm_dir_each(from, link_names, &folder) : GM_ENOMEM;
}

static int clone_own(struct gm_cloning *cloning, const char *dir, const char *to)
{
	gm_autofree char *packs = gm_path_join(dir, "pack");
	gm_autofree char *to_packs = gm_path_join(to, "pack");
	struct folder folder = {.cloning = cloning, .from = dir, .to = to};
	int rc = packs && to_packs ? gm_dir_each(dir, link_fan, &folder) : GM_ENOMEM;

	return rc < 0 ? rc : link_packs(cloning, packs, to_packs);
}

int gm_clone_objects(struct gm_cloning *cloning)
{
	const struct gm_store *from = cloning->from;
	gm_autofree char *to = gm_path_join(cloning->gitdir, "objects");
	int rc = to ? 0 : GM_ENOMEM;

	if (!from->n_sources)
		return rc;
	if (rc == 0 && !from->sources[0]->depth)
		rc = clone_own(cloning, from->sources[0]->dir, to);
	if (rc == 0)
		rc = write_alternates(cloning, to);
	if (rc == 0)
		rc = clone_names(cloning);
	return rc < 0 || !gm_is_dir(to) ? rc : gm_fsync_dir(to);
}
