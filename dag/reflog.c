#include "dag/reflog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/seam.h"
#include "dag/refs_internal.h"

/* Where a log waits while the folders of its old name make way for those of the new one. */
#define RENAMING "refs/.tmp-renamed-log"

/* The longest message, in bytes; the whole of it stands in the commit. */
#define MAX_MESSAGE ((size_t)16 << 10)

#define MAX_LINE ((size_t)64 << 10)

bool gm_reflog_is_kept(const char *ref)
{
	return !strcmp(ref, "HEAD") || !strncmp(ref, "refs/heads/", 11) ||
		!strncmp(ref, "refs/remotes/", 13) || !strncmp(ref, "refs/notes/", 11);
}

/* Where the log is; refused when the way there leads out of the repository. */
static int log_path(char **out, const char *gitdir, const char *ref)
{
	gm_autofree char *name = gm_path_join("logs", ref);
	int rc = name ? gm_ref_folders_check(gitdir, name) : GM_ENOMEM;

	if (rc < 0)
		return rc;
	*out = gm_path_join(gitdir, name);
	return *out ? 0 : GM_ENOMEM;
}

/* Open a log that is a file, neither a link to one elsewhere nor a pipe that holds us up. */
static int open_regular(int *out, const char *path, int flags)
{
	gm_autoclose int fd = gm_sys_open(
		path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return gm_error_errno("cannot open reflog '%s'", path);
	if (!S_ISREG(st.st_mode))
		return gm_error(
			GM_ERROR, "cannot open reflog '%s': not a regular file", path);
	*out = fd;
	fd = -1;
	return 0;
}

static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Without blanks at its ends, runs of them as one space. */
int gm_reflog_put_message(struct gm_buf *out, const char *message)
{
	size_t start = out->size;
	bool blank = true;
	int rc = 0;

	for (const char *at = message; *at && rc == 0; at++) {
		size_t size = out->size - start;
		bool character_begins = ((unsigned char)*at & 0xc0) != 0x80;
		if (size >= MAX_MESSAGE && (character_begins || size >= MAX_MESSAGE + 4))
			break;
		if (!is_blank(*at)) {
			if (blank)
				rc = gm_buf_putc(out, !size ? '\t' : ' ');
			if (rc == 0)
				rc = gm_buf_putc(out, *at);
		}
		blank = is_blank(*at);
	}
	return rc;
}

static int format_line(struct gm_buf *out, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid, const struct gm_signature *who, const char *message)
{
	char old_hex[GM_OID_HEX], new_hex[GM_OID_HEX];

	gm_oid_format(old_hex, old_oid);
	gm_oid_format(new_hex, new_oid);
	int rc = gm_buf_printf(out, "%s %s ", old_hex, new_hex);
	if (rc == 0)
		rc = gm_signature_format(out, who);
	if (rc == 0)
		rc = gm_reflog_put_message(out, message);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* Open the log for appending; what is in the way of it belongs to refs that are gone. */
static int open_log(int *out, const char *path)
{
	for (int tries = 0;; tries++) {
		int rc = open_regular(out, path, O_RDWR | O_APPEND | O_CREAT);
		if (rc == 0 || tries == 10)
			return rc;
		if (gm_is_dir(path))
			gm_ref_folders_remove_empty(path);
		else if (rc != GM_ENOTFOUND)
			return rc;
		else if ((rc = gm_ref_folders_make(path)) < 0)
			return rc;
	}
}

/* How much of the file is whole lines: up to the last newline. */
static int whole_lines(off_t *out, int fd, const char *path)
{
	char block[4096];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return gm_error_errno("cannot read reflog '%s'", path);
	off_t end = st.st_size;
	/* Nearly always the last byte is the newline. */
	for (size_t size = 1; end > 0; size = sizeof(block)) {
		if ((off_t)size > end)
			size = (size_t)end;
		ssize_t n = pread(fd, block, size, end - (off_t)size);
		if (n != (ssize_t)size)
			return gm_error_errno("cannot read reflog '%s'", path);
		char *newline = memrchr(block, '\n', size);
		if (newline) {
			end -= (off_t)size - (newline + 1 - block);
			break;
		}
		end -= (off_t)size;
	}
	*out = end;
	return st.st_size > end;
}

static int append(int fd, const char *path, const struct gm_buf *line)
{
	off_t end;
	int torn = whole_lines(&end, fd, path);

	if (torn < 0)
		return torn;
	if (torn && gm_sys_ftruncate(fd, end) < 0)
		return gm_error_errno("cannot repair reflog '%s'", path);
	int rc = gm_write_all(fd, line->ptr, line->size, path);
	if (rc < 0)
		(void)!gm_sys_ftruncate(fd, end); /* else the next append repairs it */
	return rc;
}

int gm_reflog_append(const char *gitdir, const char *ref, const struct gm_oid *old_oid,
	const struct gm_oid *new_oid, const struct gm_signature *who, const char *message)
{
	gm_autofree char *path = NULL;
	gm_autobuf line = GM_BUF_INIT(MAX_LINE);
	gm_autoclose int fd = -1;
	int rc = log_path(&path, gitdir, ref);

	if (rc == 0)
		rc = format_line(&line, old_oid, new_oid, who, message);
	if (rc == 0)
		rc = open_log(&fd, path);
	return rc < 0 ? rc : append(fd, path, &line);
}

int gm_reflog_mark(struct gm_reflog_mark *out, const char *gitdir, const char *ref)
{
	struct stat st;
	int rc = log_path(&out->path, gitdir, ref);

	if (rc < 0)
		return rc;
	out->end = lstat(out->path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : -1;
	return 0;
}

void gm_reflog_go_back(const struct gm_reflog_mark *mark)
{
	gm_autoclose int fd = -1;

	/* When it fails, the log tells of what did not happen; nobody can do better. */
	if (mark->end < 0)
		(void)gm_sys_unlink(mark->path);
	else if (open_regular(&fd, mark->path, O_WRONLY) == 0)
		(void)!gm_sys_ftruncate(fd, mark->end);
}

void gm_reflog_mark_dispose(struct gm_reflog_mark *mark)
{
	gm_free(mark->path);
	mark->path = NULL;
}

static int prune_folders(const char *gitdir, const char *ref)
{
	gm_autofree char *logs = gm_path_join(gitdir, "logs");

	if (!logs)
		return GM_ENOMEM;
	gm_ref_folders_prune(logs, ref);
	return 0;
}

int gm_reflog_remove(const char *gitdir, const char *ref)
{
	gm_autofree char *path = NULL;
	int rc = log_path(&path, gitdir, ref);

	if (rc < 0)
		return rc;
	/* A folder holds logs of other refs. */
	if (gm_sys_unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR &&
		errno != EISDIR)
		return gm_error_errno("cannot remove reflog '%s'", path);
	return prune_folders(gitdir, ref);
}

/* Whether one name would be a folder on the way to the other. */
static bool collide(const char *a, const char *b)
{
	size_t size_a = strlen(a);
	size_t size_b = strlen(b);
	size_t n = size_a < size_b ? size_a : size_b;

	return !strncmp(a, b, n) && size_a != size_b && (size_a > n ? a : b)[n] == '/';
}

static int move(const char *source, const char *target)
{
	int rc = gm_ref_folders_make(target);

	if (rc < 0)
		return rc;
	gm_ref_folders_remove_empty(target);
	return gm_rename(source, target);
}

int gm_reflog_rename(const char *gitdir, const char *from, const char *to)
{
	gm_autofree char *source = NULL;
	gm_autofree char *middle = NULL;
	gm_autofree char *target = NULL;
	struct stat st;
	int rc = log_path(&source, gitdir, from);

	if (rc == 0)
		rc = log_path(&middle, gitdir, RENAMING);
	if (rc == 0)
		rc = log_path(&target, gitdir, to);
	if (rc < 0)
		return rc;
	if (lstat(source, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (!collide(from, to)) {
		rc = move(source, target);
		return rc < 0 ? rc : prune_folders(gitdir, from);
	}
	rc = move(source, middle);
	if (rc == 0)
		rc = prune_folders(gitdir, from);
	return rc < 0 ? rc : move(middle, target);
}
