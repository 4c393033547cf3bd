/*
 * Finding the repository that somebody means.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/repository.h"
#include "dag/repository_format.h"

/* Who ran sudo; false when nobody did. */
static bool sudo_user(uid_t *out)
{
	const char *text = getenv("SUDO_UID");
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	unsigned long uid = strtoul(text, &end, 10);
	*out = (uid_t)uid;
	return !*end && !errno && *out == uid;
}

/* As git: root may use what is its own, and what belongs to whom it works for. */
static bool is_trusted(uid_t owner)
{
	uid_t uid;

	return owner == geteuid() || (!geteuid() && sudo_user(&uid) && owner == uid);
}

/* A repository of another user may hold settings that are meant to harm. */
static int check_owner(const char *path)
{
	struct stat link, folder;

	if (lstat(path, &link) < 0 || stat(path, &folder) < 0)
		return gm_error_errno("cannot open repository '%s'", path);
	if (is_trusted(link.st_uid) && is_trusted(folder.st_uid))
		return 0;
	return gm_error(
		GM_EACCESS, "detected dubious ownership in repository at '%s'", path);
}

bool gm_repo_is_dir(const char *path)
{
	gm_autofree char *config = gm_path_join(path, "config");
	gm_autofree char *stage = gm_path_join(path, "stage");

	/* By its stages ours is told from a bare repository of Git's, or a `.git`. */
	return config && stage && gm_path_exists(config) && gm_is_dir(stage) &&
		gm_repo_format_look(path) == 0;
}

/* 1 when the repository of the folder `path` is there, or is the folder itself. */
static int find_in(struct gm_buf *out, const char *path)
{
	gm_autofree char *candidate = gm_path_join(path, GM_REPO_DIR);

	if (!candidate)
		return GM_ENOMEM;
	const char *found = gm_is_dir(candidate) ? candidate
		: gm_repo_is_dir(path)           ? path
						 : NULL;
	if (!found)
		return 0;
	int rc = check_owner(found);
	if (rc == 0)
		rc = gm_buf_puts(out, found);
	return rc < 0 ? rc : 1;
}

int gm_repo_discover(struct gm_buf *out, const char *start)
{
	char path[PATH_MAX];

	if (!realpath(start, path))
		return gm_error_errno("cannot open folder '%s'", start);
	for (;;) {
		int rc = find_in(out, path);
		if (rc)
			return rc < 0 ? rc : 0;
		char *slash = strrchr(path, '/');
		if (!slash || !path[1])
			return gm_error(GM_ENOTFOUND,
				"not a gitmem repository (or any of the folders above): "
				"'%s'",
				start);
		slash[slash == path] = '\0';
	}
}
