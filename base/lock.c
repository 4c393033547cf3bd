#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"
#include "base/time.h"
#include "base/utf8.h"

/*
 * The file holds two lines of text, each on a page of its own, so that a process killed in
 * the middle of writing one leaves the other whole:
 *
 *   offset 0:     who holds the lock, or held it last; at most 256 bytes
 *   offset 4096:  the holder's note, and behind it what is left of those of earlier holders
 *                 that were killed; at most 4096 bytes, absent when there is none
 *
 * A line counts up to its first newline; without one, or with control characters or bytes
 * that are not UTF-8 in it, it reads as empty. What stands elsewhere means nothing.
 */
#define HOLDER_MAX 256
#define NOTE_OFFSET 4096
#define NOTE_MAX 4096

#define WAIT_US_FIRST 100
#define WAIT_US_MOST 2000

struct gm_lock {
	int fd;
	char *path;
	bool dirty; /* what the file says is not just `note` */
	bool was_taken;
	char note[NOTE_MAX];
};

/* Read the line at `offset` into `out`; "" when there is none. */
static void read_line(char *out, size_t max, int fd, off_t offset)
{
	ssize_t n = pread(fd, out, max, offset);
	char *end = n > 0 ? memchr(out, '\n', (size_t)n) : NULL;

	if (!end || !gm_utf8_valid(out, (size_t)(end - out)))
		end = out;
	*end = '\0';
	for (const char *at = out; at < end;) {
		size_t size;
		if (gm_utf8_is_control(gm_utf8_decode(&size, at)))
			*(end = out) = '\0';
		at += size;
	}
}

static int write_line(const struct gm_lock *lock, const char *text, off_t offset)
{
	gm_autofree char *line = gm_format("%s\n", text);

	if (!line)
		return GM_ENOMEM;
	if (lseek(lock->fd, offset, SEEK_SET) < 0)
		return gm_error_errno("cannot write '%s'", lock->path);
	return gm_write_all(lock->fd, line, strlen(line), lock->path);
}

static int64_t monotonic_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct wait {
	int64_t started_us;
	long pause_us;
	bool waited;
	bool told;
	gm_lock_wait_fn waiting;
	void *payload;
};

static void tell(struct wait *wait, int fd)
{
	char holder[HOLDER_MAX];

	if (wait->told || monotonic_us() - wait->started_us < 1000000)
		return;
	wait->told = true;
	if (!wait->waiting)
		return;
	read_line(holder, sizeof(holder), fd, 0);
	wait->waiting(holder[0] ? holder : "another process", wait->payload);
}

/*
 * Wait for the flock. Looking again every few milliseconds, and not a blocking flock(): a
 * signal just before the call would not end that.
 */
static int wait_flock(int fd, const char *path, struct wait *wait)
{
	for (;;) {
		int rc = gm_interrupted();
		if (rc < 0)
			return rc;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return gm_error_errno("cannot lock '%s'", path);
		wait->waited = true;
		tell(wait, fd);
		struct timespec pause = {.tv_nsec = wait->pause_us * 1000};
		(void)nanosleep(&pause, NULL); /* a signal ends it early, as it should */
		wait->pause_us += wait->pause_us / 2;
		if (wait->pause_us > WAIT_US_MOST)
			wait->pause_us = WAIT_US_MOST;
	}
}

static int open_lock_file(const char *path)
{
	struct stat st;
	int fd = gm_sys_open(
		path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);

	if (fd < 0)
		return gm_error_errno("cannot lock '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd); /* nothing was written */
		return gm_error(GM_ERROR, "cannot lock '%s': not a regular file", path);
	}
	return fd;
}

/* Whether `path` still names the file we locked: it may have been replaced while we waited. */
static bool is_same_file(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && lstat(path, &theirs) == 0 &&
		ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int lock_file(int *out, const char *path, struct wait *wait)
{
	for (;;) {
		gm_autoclose int fd = open_lock_file(path);
		if (fd < 0)
			return fd;
		int rc = wait_flock(fd, path, wait);
		if (rc < 0)
			return rc;
		if (is_same_file(fd, path)) {
			*out = fd;
			fd = -1;
			return 0;
		}
	}
}

static void write_holder(const struct gm_lock *lock, const char *command)
{
	char since[GM_TIME_TEXT];
	gm_time now = gm_time_now();

	gm_time_format(since, now - now % GM_TIME_SECOND);
	gm_autofree char *text = gm_format(
		"pid %ld, gitmem %.100s, since %s", (long)getpid(), command, since);
	if (text)
		(void)write_line(
			lock, text, 0); /* a courtesy: the flock is what counts */
}

int gm_lock_acquire(struct gm_lock **out, const char *path, const char *command,
	gm_lock_wait_fn waiting, void *payload)
{
	struct wait wait = {.started_us = monotonic_us(),
		.pause_us = WAIT_US_FIRST,
		.waiting = waiting,
		.payload = payload};
	gm_cleanup(gm_lock_release_p) struct gm_lock *lock = gm_malloc(sizeof(*lock));

	if (!lock)
		return GM_ENOMEM;
	*lock = (struct gm_lock){.fd = -1};
	lock->path = gm_strdup(path);
	if (!lock->path)
		return GM_ENOMEM;
	int rc = lock_file(&lock->fd, path, &wait);
	if (rc < 0)
		return rc;
	lock->was_taken = wait.waited;
	read_line(lock->note, sizeof(lock->note), lock->fd, NOTE_OFFSET);
	write_holder(lock, command);
	*out = gm_steal(&lock);
	return 0;
}

/* Write our note and what is kept of earlier ones; those give way when both do not fit. */
static int write_note(const struct gm_lock *lock, const char *note)
{
	bool both =
		*note && *lock->note && strlen(note) + strlen(lock->note) + 2 <= NOTE_MAX;
	gm_autofree char *line = gm_format(
		"%s%s%s", note, both ? " " : "", both || !*note ? lock->note : "");

	if (!line)
		return GM_ENOMEM;
	if (*line)
		return write_line(lock, line, NOTE_OFFSET);
	if (gm_sys_ftruncate(lock->fd, HOLDER_MAX) < 0)
		return gm_error_errno("cannot write '%s'", lock->path);
	return 0;
}

int gm_lock_set_note(struct gm_lock *lock, const char *note)
{
	size_t size = strlen(note);

	if (size >= NOTE_MAX)
		return gm_error(GM_ETOOBIG, "a note of %zu bytes is too long", size);
	if (strchr(note, '\n'))
		return gm_error(GM_EINVALID, "a note is one line");
	if (!size && !lock->dirty)
		return 0;
	lock->dirty = true;
	int rc = write_note(lock, note);
	if (rc == 0)
		lock->dirty = size > 0;
	return rc;
}

const char *gm_lock_note(const struct gm_lock *lock)
{
	return lock->note;
}

void gm_lock_keep_note(struct gm_lock *lock, const char *rest)
{
	size_t size = strlen(rest);

	if (size >= sizeof(lock->note) || !strcmp(rest, lock->note))
		return;
	memmove(lock->note, rest, size + 1);
	lock->dirty = true;
}

bool gm_lock_was_taken(const struct gm_lock *lock)
{
	return lock->was_taken;
}

void gm_lock_release(struct gm_lock *lock)
{
	if (!lock)
		return;
	if (lock->fd >= 0) {
		/* Ours; one that stays is one the next holder looks at for nothing. */
		(void)gm_lock_set_note(lock, "");
		/* Explicitly: a forked child may still hold a copy of the descriptor. */
		(void)flock(lock->fd, LOCK_UN);
		gm_close_p(&lock->fd);
	}
	gm_free(lock->path);
	gm_free(lock);
}
