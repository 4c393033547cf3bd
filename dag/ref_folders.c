#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/refs_internal.h"

#define MAX_DEPTH 64

int gm_ref_folders_make(const char *path)
{
	int rc = GM_ENOTFOUND;

	/* Not found: somebody removed a folder above, which was empty until now. */
	for (int tries = 0; tries < 100 && rc == GM_ENOTFOUND; tries++)
		rc = gm_mkdirs_for(path);
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
		if (!first || !strchr(first + 1, '/') || rmdir(path) < 0)
			return;
	}
}

static void remove_empty(const char *path, unsigned depth)
{
	DIR *dir = depth < MAX_DEPTH ? opendir(path) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		gm_autofree char *below = gm_path_join(path, entry->d_name);
		if (!below || !gm_is_dir(below))
			break;
		remove_empty(below, depth + 1);
	}
	(void)closedir(dir); /* it was only read */
	(void)rmdir(path);   /* fails when something is left in it, as it should */
}

void gm_ref_folders_remove_empty(const char *path)
{
	remove_empty(path, 0);
}
