#include "objstore/litter.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "objstore/incoming_folder.h"
#include "objstore/pack_keep.h"

/* A pack that was made a moment ago may not be locked yet; the others are never. In seconds. */
#define PACK_AGE_S 60
#define OTHER_AGE_S 3600

static bool begins_with(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static bool is_held(const char *path)
{
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0;
}

/* Others keep packs too, and theirs stay. */
static bool is_our_keep(const char *dir, const char *name)
{
	char text[sizeof(GM_PACK_KEEP_TEXT)] = "";
	size_t size = strlen(name);

	if (size < 5 || strcmp(name + size - 5, ".keep") != 0)
		return false;
	gm_autofree char *path = gm_path_join(dir, name);
	gm_autoclose int fd =
		path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
		!strcmp(text, GM_PACK_KEEP_TEXT);
}

static bool is_old(const char *path, int age_s)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		time(NULL) - st.st_mtime > age_s;
}

/* Finish the removal of a pack, unless it has been made anew, or just is. */
static int remove_gone(const char *dir, const char *name)
{
	const char *pack = name + strlen(GM_GONE_INDEX);
	gm_autofree char *gone = gm_path_join(dir, name);
	gm_autofree char *path = gm_format("%s/%s.pack", dir, pack);
	gm_autofree char *index = gm_format("%s/%s.idx", dir, pack);

	if (!gone || !path || !index)
		return GM_ENOMEM;
	if (!gm_path_exists(index) && gm_path_exists(path) &&
		(!is_old(path, PACK_AGE_S) || gm_sys_unlink(path) < 0 ||
			gm_fsync_dir(dir) < 0))
		return 0;
	(void)gm_sys_unlink(gone); /* best effort: it is only litter */
	return 0;
}

static int remove_one(const char *name, void *payload)
{
	const char *const *dir = payload;
	bool is_pack = begins_with(name, GM_TEMP_PACK) || is_our_keep(*dir, name);

	if (begins_with(name, GM_GONE_INDEX))
		return remove_gone(*dir, name);
	if (!is_pack && !begins_with(name, GM_TEMP_OBJECT) &&
		!begins_with(name, GM_TEMP_INDEX))
		return 0;
	gm_autofree char *path = gm_path_join(*dir, name);
	if (!path)
		return GM_ENOMEM;
	if (!is_old(path, is_pack ? PACK_AGE_S : OTHER_AGE_S))
		return 0;
	if (!is_pack || !is_held(path))
		(void)gm_sys_unlink(path); /* best effort: it is only litter */
	return 0;
}

int gm_litter_remove(const char *objects_dir, const char *pack_dir)
{
	int rc = gm_dir_each(objects_dir, remove_one, &objects_dir);

	if (rc != GM_ENOMEM)
		rc = gm_incoming_folders_sweep(objects_dir);
	if (rc != GM_ENOMEM)
		rc = gm_dir_each(pack_dir, remove_one, &pack_dir);
	return rc == GM_ENOMEM ? rc : 0;
}

char *gm_gone_index(const char *base)
{
	const char *slash = strrchr(base, '/');
	int size = slash ? (int)(slash + 1 - base) : 0;

	return gm_format("%.*s" GM_GONE_INDEX "%s", size, base, base + size);
}
