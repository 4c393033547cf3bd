#include "objstore/incoming_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"

/* Somebody who sweeps may come between the making of a folder and its being held. */
#define TRIES 100

/* Folders in it are gone into no deeper than this. */
#define DEPTH_MAX 3

/* Hold a folder; false when somebody else does, or it is gone. */
static bool hold(int *fd_out, const char *path)
{
	struct stat here, there;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &here) == 0 &&
		lstat(path, &there) == 0 && here.st_ino == there.st_ino &&
		here.st_dev == there.st_dev) {
		*fd_out = fd;
		return true;
	}
	(void)close(fd); /* only read from */
	return false;
}

int gm_incoming_folder_make(struct gm_incoming_folder *out, const char *objects_dir)
{
	int rc = gm_mkdirs(objects_dir);

	for (int i = 0; rc == 0 && i < TRIES; i++) {
		gm_autofree char *path =
			gm_format("%s/" GM_INCOMING_FOLDER "XXXXXX", objects_dir);
		if (!path)
			return GM_ENOMEM;
		if (!mkdtemp(path))
			return gm_error_errno(
				"cannot make a folder in '%s'", objects_dir);
		if (hold(&out->fd, path)) {
			out->path = gm_steal(&path);
			return 0;
		}
	}
	return rc < 0 ? rc
		      : gm_error(GM_ELOCKED, "cannot hold a folder in '%s'", objects_dir);
}

struct removal {
	const char *dir;
	unsigned depth;
};

static void remove_tree(const char *dir, unsigned depth);

static int remove_one(const char *name, void *payload)
{
	const struct removal *removal = payload;
	gm_autofree char *path = gm_path_join(removal->dir, name);
	struct stat st;

	if (!path)
		return GM_ENOMEM;
	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		remove_tree(path, removal->depth + 1);
	else
		(void)gm_sys_unlink(path); /* best effort: it is only litter */
	return 0;
}

static void remove_tree(const char *dir, unsigned depth)
{
	struct removal removal = {dir, depth};

	/* Best effort: what cannot be removed stays as litter. */
	if (depth < DEPTH_MAX)
		(void)gm_dir_each(dir, remove_one, &removal);
	(void)gm_sys_rmdir(dir);
}

void gm_incoming_folder_remove(struct gm_incoming_folder *folder)
{
	if (folder->path)
		remove_tree(folder->path, 0);
	gm_close_p(&folder->fd);
	gm_free(folder->path);
	folder->path = NULL;
}

static int sweep_one(const char *name, void *payload)
{
	const char *objects_dir = payload;
	struct gm_incoming_folder folder = GM_INCOMING_FOLDER_INIT;

	if (strncmp(name, GM_INCOMING_FOLDER, strlen(GM_INCOMING_FOLDER)) != 0)
		return 0;
	gm_autofree char *path = gm_path_join(objects_dir, name);
	if (!path)
		return GM_ENOMEM;
	if (hold(&folder.fd, path)) {
		folder.path = gm_steal(&path);
		gm_incoming_folder_remove(&folder);
	}
	return 0;
}

int gm_incoming_folders_sweep(const char *objects_dir)
{
	int rc = gm_dir_each(objects_dir, sweep_one, (char *)(uintptr_t)objects_dir);

	return rc == GM_ENOMEM ? rc : 0;
}
