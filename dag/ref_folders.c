#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "dag/refs_internal.h"

#define MAX_DEPTH 64

int gm_ref_folders_check(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	for (char *at = path + strlen(dir) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
			return gm_error(
				GM_ERROR, "'%s' is a symbolic link, not a folder", path);
		*at = '/';
	}
	return 0;
}

/* Whether something that is no folder is there, or where a folder above must be. */
static bool is_blocked(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? !S_ISDIR(st.st_mode) : errno == ENOTDIR;
}

int gm_ref_folders_make(const char *path)
{
	gm_autofree char *dir = gm_path_dir(path);
	int rc = dir ? gm_mkdirs(dir) : GM_ENOMEM;

	/* Somebody removed a folder on the way, which was empty until now. */
	for (int tries = 0; tries < 100 && (rc == GM_ENOTFOUND || rc == GM_EEXISTS) &&
		!is_blocked(dir);
		tries++)
		rc = gm_mkdirs(dir);
	return rc;
}

void gm_ref_folders_prune(const char *dir, const char *name)
{
	gm_autofree char *path = gm_path_join(dir, name);

	if (!path)
		return;
	for (;;) {
		char *slash = strrchr(path, '/');
		char *at = path + strlen(dir) + 1;
		if (!slash || slash < at)
			return;
		*slash = '\0';
		char *first = strchr(at, '/');
		if (!first || !strchr(first + 1, '/') || gm_sys_rmdir(path) < 0)
			return;
	}
}

/* Not a symbolic link, which may lead out of the repository. */
static bool is_real_folder(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A folder on the way down. */
struct level {
	const char *path;
	unsigned depth;
};

static void remove_empty(const char *path, unsigned depth);

static int remove_entry(const char *name, void *payload)
{
	const struct level *above = payload;
	gm_autofree char *below = gm_path_join(above->path, name);

	if (!below || !is_real_folder(below))
		return 1;
	remove_empty(below, above->depth + 1);
	return 0;
}

static void remove_empty(const char *path, unsigned depth)
{
	struct level removal = {.path = path, .depth = depth};

	if (depth < MAX_DEPTH && gm_dir_each(path, remove_entry, &removal) == 0)
		/* Fails when something is left in it, as it should. */
		(void)gm_sys_rmdir(path);
}

void gm_ref_folders_remove_empty(const char *path)
{
	if (is_real_folder(path))
		remove_empty(path, 0);
}

static int flush(const char *path, unsigned depth);

static int flush_entry(const char *name, void *payload)
{
	const struct level *above = payload;
	gm_autofree char *below = gm_path_join(above->path, name);

	if (!below)
		return GM_ENOMEM;
	return is_real_folder(below) ? flush(below, above->depth + 1) : 0;
}

static int flush(const char *path, unsigned depth)
{
	struct level here = {.path = path, .depth = depth};
	int rc = depth < MAX_DEPTH ? gm_dir_each(path, flush_entry, &here) : 0;

	return rc < 0 ? rc : gm_fsync_dir(path);
}

int gm_ref_folders_flush(const char *path)
{
	return is_real_folder(path) ? flush(path, 0) : 0;
}
