#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "dag/refs_internal.h"

#define PATIENCE_MS 10000
#define PAUSE_MS 2

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_marked(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR);
}

/* Whether the word `name` stands among those of the note a killed holder left. */
static bool note_names(const struct gm_lock *lock, const char *name)
{
	const char *at = gm_lock_note(lock);
	size_t size = strlen(name);

	while (*at) {
		size_t n = strcspn(at, " ");
		if (n == size && !memcmp(at, name, n))
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

/* Whether a file has the mark, and is not on a file system that gives it to every file. */
static bool is_marked_alone(const struct gm_refs *refs, const char *path)
{
	/* Nobody but us makes this one, and never with the mark. */
	gm_autofree char *own = gm_path_join(refs->gitdir, "lock");

	return own && is_marked(path) && !is_marked(own);
}

/* Whether a lock file was left by a killed gitmem: by its mark, or at least by the note. */
static bool is_stale(
	const struct gm_refs *refs, const struct gm_lock *lock, const char *path)
{
	return is_marked_alone(refs, path) ||
		(is_marked(path) && note_names(lock, path + strlen(refs->gitdir) + 1));
}

/* "NAME.lock", with NAME the file of a ref or packed-refs, lest a note make us remove others. */
static bool names_lock(char *word)
{
	char *end = strrchr(word, '.');

	if (!end || strcmp(end, ".lock") != 0)
		return false;
	*end = '\0';
	bool good = !strcmp(word, "packed-refs") || gm_ref_check_name(word) == 0;
	*end = '.';
	return good;
}

/* Whoever put the file in place was killed before it took the mark off. */
static void unmark(const struct gm_refs *refs, const char *path)
{
	struct stat st;

	if (!is_marked_alone(refs, path))
		return;
	gm_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		(void)gm_sys_fchmod(fd, st.st_mode & 0666); /* it does a ref no harm */
}

static void unmark_head(const struct gm_refs *refs)
{
	gm_autofree char *head = gm_path_join(refs->gitdir, "HEAD");

	if (head)
		unmark(refs, head);
}

/* Settle what the note says of one lock; 1 when that cannot be done yet. */
static int settle(const struct gm_refs *refs, const char *word)
{
	gm_autofree char *path = gm_path_join(refs->gitdir, word);

	if (!path)
		return 1;
	if (is_marked_alone(refs, path))
		return gm_sys_unlink(path) < 0; /* else whoever meets it removes it */
	if (is_marked(path))
		return 1;
	path[strlen(path) - strlen(".lock")] = '\0';
	unmark(refs, path);
	return 0;
}

void gm_ref_lock_sweep(const struct gm_refs *refs, struct gm_lock *lock)
{
	gm_autobuf rest = GM_BUF_INIT(GM_BUF_PATH);
	gm_autofree char *words =
		*gm_lock_note(lock) ? gm_strdup(gm_lock_note(lock)) : NULL;
	char *at = words;
	char *word;
	int rc = 0;

	/* At every change, as nobody else writes the file of HEAD for a long time. */
	unmark_head(refs);
	while (words && rc == 0 && (word = strsep(&at, " ")) != NULL)
		if (names_lock(word) && settle(refs, word))
			rc = gm_buf_printf(&rest, "%s%s", rest.size ? " " : "", word);
	if (words && rc == 0)
		gm_lock_keep_note(lock, gm_buf_str(&rest));
}

/* A file is where a folder on the way to the lock `name` must be. */
static int refuse_name(const struct gm_refs *refs, const char *name)
{
	gm_autofree char *ref = gm_strndup(name, strlen(name) - strlen(".lock"));

	return ref ? gm_ref_refuse_below_file(refs, ref) : GM_ENOMEM;
}

/* Deal with what kept us from making the lock file: 0 to try again. */
static int clear_way(const struct gm_refs *refs, struct gm_lock *lock, const char *path,
	int64_t deadline)
{
	const char *name = path + strlen(refs->gitdir) + 1;
	struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	int err = errno;
	int rc = gm_interrupted();

	if (rc < 0)
		return rc;
	errno = err;
	switch (err) {
	case ENOENT:
		rc = gm_ref_folders_make(path);
		return rc == GM_EEXISTS ? refuse_name(refs, name) : rc;
	case ENOTDIR:
		return refuse_name(refs, name);
	case EEXIST:
		break;
	default:
		return gm_error_errno("cannot make '%s'", path);
	}
	if (is_stale(refs, lock, path)) {
		rc = gm_unlink(path);
		/* Lest the note be held against the next lock of this name. */
		gm_ref_lock_sweep(refs, lock);
		return rc;
	}
	if (now_ms() > deadline)
		return gm_error(GM_ELOCKED, "'%s' is held by another program", path);
	(void)nanosleep(&pause, NULL); /* a signal ends it early, as it should */
	return 0;
}

/* The mark, also under a umask that takes it away. */
static int mark(struct gm_ref_lock *held)
{
	struct stat st;

	if (fstat(held->fd, &st) < 0)
		return gm_error_errno("cannot read '%s'", held->path);
	held->mode = st.st_mode & 0666;
	if (!(st.st_mode & S_IXUSR) && gm_sys_fchmod(held->fd, held->mode | S_IXUSR) < 0)
		return gm_error_errno("cannot change '%s'", held->path);
	return 0;
}

int gm_ref_lock_take(struct gm_ref_lock *out, const struct gm_refs *refs,
	struct gm_lock *lock, const char *name)
{
	gm_autoref_lock held = GM_REF_LOCK_INIT;
	gm_autofree char *path = gm_format("%s/%s.lock", refs->gitdir, name);
	int64_t deadline = now_ms() + PATIENCE_MS;
	int rc;

	held.target = gm_path_join(refs->gitdir, name);
	if (!path || !held.target)
		return GM_ENOMEM;
	rc = gm_ref_folders_check(refs->gitdir, name);
	if (rc < 0)
		return rc;
	while ((held.fd = gm_sys_open(
			path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0766)) < 0) {
		rc = clear_way(refs, lock, path, deadline);
		if (rc < 0)
			return rc;
	}
	held.path = gm_steal(&path);
	rc = mark(&held);
	if (rc < 0)
		return rc;
	*out = held;
	held = (struct gm_ref_lock)GM_REF_LOCK_INIT;
	return 0;
}

int gm_ref_lock_write(struct gm_ref_lock *held, const void *data, size_t size)
{
	int rc = gm_write_all(held->fd, data, size, held->path);

	return rc < 0 ? rc : gm_fsync(held->fd, held->path);
}

int gm_ref_lock_commit(struct gm_ref_lock *held)
{
	int rc = gm_rename(held->path, held->target);

	if (rc < 0)
		return rc;
	/* After the rename, so that the mark never comes off a lock; it does a ref no harm. */
	(void)gm_sys_fchmod(held->fd, held->mode);
	gm_free(held->path);
	held->path = NULL;
	gm_ref_lock_dispose(held);
	return 0;
}

void gm_ref_lock_dispose(struct gm_ref_lock *held)
{
	if (held->path)
		/* What stays is found to be ours by its mark. */
		(void)gm_sys_unlink(held->path);
	gm_close_p(&held->fd);
	gm_free(held->path);
	gm_free(held->target);
	*held = (struct gm_ref_lock)GM_REF_LOCK_INIT;
}
