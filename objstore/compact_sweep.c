#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/compact_internal.h"

/* How long tails that were cut off are kept for inspection. */
#define TORN_AGE ((gm_time)14 * 24 * 3600 * GM_TIME_SECOND)

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool names_segment(const struct gm_manifest *manifest, uint64_t number)
{
	return number == manifest->active || gm_manifest_segment(manifest, number);
}

/* Its owner may have removed it before we locked it, and another one have made it again. */
static bool is_at(const char *path, int fd)
{
	struct stat here;
	struct stat there;

	return fstat(fd, &here) == 0 && lstat(path, &there) == 0 &&
		here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/*
 * The lock tells those that are being written. Whoever publishes one holds it until the
 * manifest names it, so the manifest is read behind.
 */
static int sweep_segment(const char *name, void *payload)
{
	struct gm_compact *compact = payload;
	struct gm_segments *segments = compact->segments;
	uint64_t number = has_prefix(name, "seg-") ? strtoull(name + 4, NULL, 10) : 0;

	if (!number || names_segment(&segments->manifest, number))
		return 0;
	gm_autofree char *path = gm_path_join(segments->dir, name);
	gm_autoclose int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (!path)
		return GM_ENOMEM;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_at(path, fd))
		return 0;
	int rc = gm_segments_refresh(segments);
	if (rc >= 0 && !names_segment(&segments->manifest, number))
		(void)gm_sys_unlink(path); /* the next one tries again */
	return rc < 0 ? rc : 0;
}

int gm_compact_sweep_segments(struct gm_compact *compact)
{
	int rc = gm_segments_refresh(compact->segments);

	return rc < 0 ? rc : gm_dir_each(compact->segments->dir, sweep_segment, compact);
}

static bool is_old(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 &&
		(gm_time)st.st_mtim.tv_sec * GM_TIME_SECOND + TORN_AGE < gm_time_now();
}

static int sweep_file(const char *name, void *payload)
{
	static const char *const kinds[] = {"idx-", "dict-", "refs-", "log-", "tmp-"};
	const struct gm_compact *compact = payload;
	bool is_litter = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		is_litter = is_litter || has_prefix(name, kinds[i]);
	is_litter = is_litter && !gm_manifest_names(&compact->segments->manifest, name);
	if (!is_litter && !has_prefix(name, "torn-"))
		return 0;
	gm_autofree char *path = gm_path_join(compact->segments->dir, name);
	if (!path)
		return GM_ENOMEM;
	if (is_litter || is_old(path))
		(void)gm_sys_unlink(path); /* the next one tries again */
	return 0;
}

int gm_compact_sweep_files(struct gm_compact *compact)
{
	return gm_dir_each(compact->segments->dir, sweep_file, compact);
}

static void remove_file(const struct gm_compact *compact, const char *file)
{
	gm_autofree char *path = gm_path_join(compact->segments->dir, file);

	if (path)
		(void)gm_sys_unlink(path); /* litter, for the next one */
}

void gm_compact_remove_new(const struct gm_compact *compact, const char *file)
{
	if (!gm_manifest_names(&compact->snapshot, file))
		remove_file(compact, file);
}

void gm_compact_remove_old(struct gm_compact *compact)
{
	const struct gm_manifest *old = &compact->snapshot;
	const struct gm_manifest *now = &compact->segments->manifest;
	char name[GM_STORE_NAME_MAX];

	for (size_t i = 0; i < old->n_segments; i++) {
		gm_store_file_name(name, "seg", old->segments[i].number);
		if (!names_segment(now, old->segments[i].number))
			remove_file(compact, name);
	}
	for (size_t i = 0; i < old->n_indexes; i++)
		if (!gm_manifest_names(now, old->indexes[i].file))
			remove_file(compact, old->indexes[i].file);
	for (size_t i = 0; i < old->n_dictionaries; i++)
		if (!gm_manifest_names(now, old->dictionaries[i].file))
			remove_file(compact, old->dictionaries[i].file);
}
