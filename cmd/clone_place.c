#include "cmd/clone_place.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/remove_tree.h"
#include "base/seam.h"
#include "dag/repository.h"

#define WORK_PREFIX ".gitmem-clone-"
#define TRIES_MAX 10

static size_t without_end(const char *text, size_t size, const char *end)
{
	size_t n = strlen(end);

	return size > n && !memcmp(text + size - n, end, n) ? size - n : size;
}

static size_t without_slashes(const char *text, size_t size)
{
	while (size && (text[size - 1] == '/' || isspace((unsigned char)text[size - 1])))
		size--;
	return size;
}

static size_t without_repository(const char *text, size_t size)
{
	size = without_slashes(text, size);
	size = without_end(text, size, "/.git");
	size = without_end(text, size, "/" GM_REPO_DIR);
	return without_slashes(text, size);
}

/* The port of a host without a path, which is not to name the folder. */
static size_t without_port(const char *text, size_t size)
{
	size_t digits = size;

	if (memchr(text, '/', size))
		return size;
	while (digits && isdigit((unsigned char)text[digits - 1]))
		digits--;
	return digits > 1 && digits < size && text[digits - 1] == ':' ? digits - 1 : size;
}

/* Blanks and control characters become one blank each run. */
static int put_clean(struct gm_buf *out, const char *text, size_t size)
{
	bool was_blank = true;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < size; i++) {
		bool is_blank = (unsigned char)text[i] <= ' ' || text[i] == 0x7f;
		if (!is_blank || !was_blank)
			rc = gm_buf_putc(out, is_blank ? ' ' : text[i]);
		was_blank = is_blank;
	}
	return rc;
}

int gm_clone_guess_dir(struct gm_buf *out, const char *url, bool is_bare)
{
	const char *scheme = strstr(url, "://");
	const char *start = scheme ? scheme + 3 : url;
	size_t size = without_repository(start, strlen(start));

	if (scheme) {
		const char *at = memchr(start, '@', size);
		const char *slash = memchr(start, '/', size);
		if (at && (!slash || at < slash)) {
			size -= (size_t)(at + 1 - start);
			start = at + 1;
		}
		size = without_port(start, size);
	}
	size_t from = size;
	while (from && start[from - 1] != '/' && start[from - 1] != ':')
		from--;
	start += from;
	size = without_end(start, size - from, ".git");
	size = without_end(start, size, GM_REPO_DIR);
	size_t before = out->size;
	int rc = put_clean(out, start, size);
	const char *name = gm_buf_str(out) + before;
	if (rc == 0 && (!*name || !strcmp(name, ".") || !strcmp(name, "..")))
		return gm_error(GM_EUSAGE,
			"no folder's name can be guessed from '%s'; name one", url);
	return rc < 0 || !is_bare ? rc : gm_buf_puts(out, GM_REPO_DIR);
}

/* Locked, and still there: until it is locked it looks like litter. 1, or 0 to try again. */
static int lock_work(int *fd_out, const char *work)
{
	gm_autoclose int fd = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", work);
	if (!st.st_nlink)
		return 0;
	*fd_out = fd;
	fd = -1;
	return 1;
}

/* Whoever made it was killed; not that of one who is at it. */
static void remove_litter(const char *work)
{
	gm_autoclose int fd = -1;

	if (lock_work(&fd, work) > 0)
		gm_remove_tree(work);
}

static int look_for_litter(const char *name, void *payload)
{
	gm_autofree char *path = gm_path_join(payload, name);

	if (!path)
		return GM_ENOMEM;
	if (!strncmp(name, WORK_PREFIX, strlen(WORK_PREFIX)))
		remove_litter(path);
	return 0;
}

static int say_taken(const char *name, void *payload)
{
	(void)name;
	return gm_error(GM_EEXISTS,
		"destination path '%s' already exists and is not an empty directory",
		(const char *)payload);
}

static int check_empty(struct gm_clone_place *place)
{
	char *dir = place->dir;

	if (!gm_path_exists(dir))
		return 0;
	if (!gm_is_dir(dir))
		return say_taken(NULL, dir);
	int rc = gm_dir_each(dir, look_for_litter, dir);
	return rc < 0 ? rc : gm_dir_each(dir, say_taken, dir);
}

static int check_among(struct gm_clone_place *place)
{
	if (gm_path_exists(place->target))
		return gm_error(
			GM_EEXISTS, "there is memory in '%s' already", place->target);
	return gm_dir_each(place->dir, look_for_litter, place->dir);
}

/* A project around us must not see it, also when we are killed. */
static int ignore_work(const char *work)
{
	gm_autofree char *path = gm_path_join(work, ".gitignore");
	gm_autoclose int fd = path
		? gm_sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)
		: -1;

	if (!path)
		return GM_ENOMEM;
	return fd < 0 ? gm_error_errno("cannot make '%s'", path)
		      : gm_write_all(fd, "*\n", 2, path);
}

static int make_work(struct gm_clone_place *place, const char *parent)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		gm_autofree char *work =
			gm_format("%s/" WORK_PREFIX "%d-%d", parent, (int)getpid(), i);
		if (!work)
			return GM_ENOMEM;
		if (gm_sys_mkdir(work, 0700) < 0) {
			if (errno == EEXIST)
				continue;
			return gm_error_errno("cannot make a folder in '%s'", parent);
		}
		int rc = lock_work(&place->work_fd, work);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			place->work = gm_steal(&work);
			return ignore_work(place->work);
		}
	}
	return gm_error(GM_ERROR, "cannot make a folder in '%s'", parent);
}

static int make_folders(struct gm_clone_place *place, bool is_bare)
{
	gm_autofree char *parent =
		is_bare ? gm_path_dir(place->dir) : gm_strdup(place->dir);

	if (!parent)
		return GM_ENOMEM;
	bool is_there = gm_path_exists(place->dir);
	int rc = gm_mkdirs(parent);
	if (rc < 0)
		return rc;
	place->made_dir = !is_bare && !is_there;
	rc = is_bare ? gm_dir_each(parent, look_for_litter, parent) : 0;
	if (rc == 0)
		rc = make_work(place, parent);
	if (rc < 0)
		return rc;
	place->gitdir = gm_path_join(place->work, "repository");
	return place->gitdir ? 0 : GM_ENOMEM;
}

/* Once it is known that it may be there. */
static int prepare(struct gm_clone_place *out, const char *dir, bool is_bare,
	int (*check)(struct gm_clone_place *place))
{
	gm_autocloneplace place = GM_CLONE_PLACE_INIT;
	size_t size = strlen(dir);

	while (size > 1 && dir[size - 1] == '/')
		size--;
	place.dir = gm_strndup(dir, size);
	if (!place.dir)
		return GM_ENOMEM;
	place.target =
		is_bare ? gm_strdup(place.dir) : gm_path_join(place.dir, GM_REPO_DIR);
	int rc = place.target ? check(&place) : GM_ENOMEM;
	if (rc == 0)
		rc = make_folders(&place, is_bare);
	if (rc < 0)
		return rc;
	*out = place;
	place = (struct gm_clone_place)GM_CLONE_PLACE_INIT;
	return 0;
}

int gm_clone_place_prepare(struct gm_clone_place *out, const char *dir, bool is_bare)
{
	return prepare(out, dir, is_bare, check_empty);
}

int gm_clone_place_prepare_among(struct gm_clone_place *out, const char *dir)
{
	return prepare(out, dir, false, check_among);
}

int gm_clone_place_finish(struct gm_clone_place *place)
{
	gm_autofree char *parent = gm_path_dir(place->target);
	int rc = parent ? gm_rename(place->gitdir, place->target) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	place->made_dir = false;
	gm_remove_tree(place->work);
	gm_free(gm_steal(&place->work));
	return gm_fsync_dir(parent);
}

void gm_clone_place_dispose(struct gm_clone_place *place)
{
	if (place->work)
		gm_remove_tree(place->work);
	if (place->made_dir)
		(void)gm_sys_rmdir(place->dir); /* not if others put something there */
	gm_close_p(&place->work_fd);
	gm_free(place->work);
	gm_free(place->gitdir);
	gm_free(place->target);
	gm_free(place->dir);
	*place = (struct gm_clone_place)GM_CLONE_PLACE_INIT;
}
