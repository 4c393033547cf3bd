#include "objstore/source.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"

/* A folder changed this recently may change again without its time showing it, in seconds. */
#define UNSETTLED_S 2

int gm_source_open(struct gm_source **out, const char *dir)
{
	gm_cleanup(gm_source_free_p) struct gm_source *source =
		gm_calloc(1, sizeof(*source));
	struct stat st;

	if (!source)
		return GM_ENOMEM;
	if (stat(dir, &st) < 0)
		return gm_error_errno("cannot open object folder '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return gm_error(GM_ENOTFOUND, "object folder '%s' is no folder", dir);
	source->device = st.st_dev;
	source->inode = st.st_ino;
	source->dir = gm_strdup(dir);
	source->pack_dir = gm_path_join(dir, "pack");
	if (!source->dir || !source->pack_dir)
		return GM_ENOMEM;
	*out = gm_steal(&source);
	return 0;
}

void gm_source_free(struct gm_source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->n_packs; i++)
		gm_pack_free(source->packs[i]);
	gm_free(source->packs);
	gm_free(source->pack_dir);
	gm_free(source->dir);
	gm_free(source);
}

static struct gm_pack *known_pack(const struct gm_source *source, const char *base)
{
	for (size_t i = 0; i < source->n_packs; i++)
		if (!strcmp(source->packs[i]->base, base))
			return source->packs[i];
	return NULL;
}

struct scan {
	struct gm_source *source;
	bool added; /* a pack was not known, or had gone and is there again */
};

static int add_pack(const char *name, void *payload)
{
	struct scan *scan = payload;
	struct gm_source *source = scan->source;
	size_t size = strlen(name);

	if (size < 5 || strcmp(name + size - 4, ".idx") != 0)
		return 0;
	gm_autofree char *base =
		gm_format("%s/%.*s", source->pack_dir, (int)size - 4, name);
	if (!base)
		return GM_ENOMEM;
	struct gm_pack *pack = known_pack(source, base);
	if (pack) {
		scan->added |= pack->gone;
		pack->gone = false;
		return 0;
	}
	int rc = gm_grow(&source->packs, &source->cap_packs, source->n_packs + 1,
		sizeof(struct gm_pack *));
	if (rc < 0)
		return rc;
	rc = gm_pack_new(&source->packs[source->n_packs], base);
	if (rc < 0)
		return rc;
	source->n_packs++;
	scan->added = true;
	return 0;
}

static int read_folder(struct gm_source *source, const struct stat *st)
{
	struct timespec now = {.tv_sec = 0};
	struct scan scan = {.source = source};
	int rc = gm_dir_each(source->pack_dir, add_pack, &scan);

	if (rc < 0)
		return rc;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* 0 would mean: not settled */
	source->scanned = true;
	source->modified = st->st_mtim;
	source->settled = now.tv_sec - st->st_mtim.tv_sec > UNSETTLED_S;
	return scan.added;
}

static bool is_unchanged(const struct gm_source *source, const struct stat *st)
{
	return source->scanned && source->settled &&
		st->st_mtim.tv_sec == source->modified.tv_sec &&
		st->st_mtim.tv_nsec == source->modified.tv_nsec;
}

int gm_source_rescan(struct gm_source *source)
{
	struct stat st;

	/* The time is read before the names, so that what comes between is seen next time. */
	if (stat(source->pack_dir, &st) < 0) {
		if (errno != ENOENT)
			return gm_error_errno("cannot read '%s'", source->pack_dir);
		source->scanned = true;
		source->settled = false;
		return 0;
	}
	return is_unchanged(source, &st) ? 0 : read_folder(source, &st);
}

int gm_source_scan(struct gm_source *source)
{
	int rc = source->scanned ? 0 : gm_source_rescan(source);

	return rc < 0 ? rc : 0;
}

int gm_source_try_packs(struct gm_source *source, gm_pack_each_fn each, void *payload)
{
	size_t first = source->recent;
	int result = GM_ENOTFOUND;

	for (size_t i = 0; i < source->n_packs; i++) {
		size_t at = i == 0 ? first : i <= first ? i - 1 : i;
		int rc = each(source->packs[at], payload);
		if (rc == 0)
			source->recent = at;
		if (rc == 0 || gm_source_is_final(rc))
			return rc;
		if (rc != GM_ENOTFOUND)
			result = rc;
	}
	return result;
}
