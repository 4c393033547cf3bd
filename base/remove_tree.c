#include "base/remove_tree.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/seam.h"

#define DEPTH_MAX 64

static void empty_folder(int parent_fd, const char *name, int depth);

static void remove_entry(int fd, const char *name, int depth)
{
	if (gm_sys_unlinkat(fd, name, 0) == 0 || depth == DEPTH_MAX)
		return;
	empty_folder(fd, name, depth + 1);
	(void)gm_sys_unlinkat(fd, name, AT_REMOVEDIR);
}

static void empty_folder(int parent_fd, const char *name, int depth)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_entry(fd, entry->d_name, depth);
	(void)closedir(dir);
}

void gm_remove_tree(const char *path)
{
	empty_folder(AT_FDCWD, path, 0);
	(void)gm_sys_rmdir(path);
}
