#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/config_syntax.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/seam.h"

/* Ten seconds, at ten milliseconds each. */
#define LOCK_TRIES 1000

static bool is_key_text(const char *text, size_t size)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return size && strspn(text, allowed) >= size;
}

int gm_config_check_name(const char *name)
{
	const char *first = strchr(name, '.');
	const char *last = strrchr(name, '.');

	if (!first || first == name)
		return gm_error(GM_EINVALID, "config name '%s' has no section", name);
	if (!is_key_text(name, (size_t)(first - name)))
		return gm_error(
			GM_EINVALID, "config name '%s' has an invalid section", name);
	if (!is_key_text(last + 1, strlen(last + 1)) || strchr("-0123456789", last[1]))
		return gm_error(GM_EINVALID, "config name '%s' has an invalid key", name);
	if (strchr(name, '\n'))
		return gm_error(GM_EINVALID, "a config name has a line break");
	return 0;
}

struct range {
	size_t from, to;
};

/* What was found in the file about the name that is to be set. */
struct edit {
	const char *text;
	size_t size;
	const char *name;
	char *section;
	bool in_section;
	bool found;
	bool has_value;     /* of the strongest setting of the name, as what follows */
	struct range value; /* from behind the `=` or the key */
	bool has_section;
	size_t section_end; /* behind the last header or setting of the section */
	struct range *cuts; /* every setting of the name */
	size_t n_cuts;
	size_t cap_cuts;
};

static bool only_blanks(const char *text, size_t from, size_t to)
{
	while (from < to && strchr(" \t\r", text[from]))
		from++;
	return from == to;
}

/* The setting, and the whole line when nothing else stands on it. */
static struct range range_of(const struct edit *edit, const struct gm_config_item *item)
{
	size_t from = item->start;
	size_t to = item->end;

	while (from && edit->text[from - 1] != '\n')
		from--;
	while (to < edit->size && edit->text[to] != '\n')
		to++;
	if (only_blanks(edit->text, from, item->start) &&
		only_blanks(edit->text, item->end, to))
		return (struct range){from, to < edit->size ? to + 1 : to};
	return (struct range){item->start, item->end};
}

/* The section ignores case, the subsection does not. */
static bool is_same_section(const char *stored, const char *section)
{
	size_t size = strcspn(section, ".");

	return !strncasecmp(stored, section, size) &&
		!strcmp(stored + size, section + size);
}

static int note_item(const struct gm_config_item *item, void *payload)
{
	struct edit *edit = payload;

	if (item->is_section)
		edit->in_section = is_same_section(item->name, edit->section);
	if (edit->in_section) {
		edit->has_section = true;
		edit->section_end = item->end;
	}
	if (item->is_section || !gm_config_same_name(item->name, edit->name))
		return 0;
	int rc = gm_grow(
		&edit->cuts, &edit->cap_cuts, edit->n_cuts + 1, sizeof(*edit->cuts));
	if (rc < 0)
		return rc;
	edit->cuts[edit->n_cuts++] = range_of(edit, item);
	edit->found = true;
	edit->has_value = item->value;
	edit->value = (struct range){item->value_start, item->value_end};
	return 0;
}

static int put_removed(struct gm_buf *out, const struct edit *edit)
{
	size_t at = 0;

	if (!edit->found)
		return gm_error(GM_ENOTFOUND, "'%s' is not set", edit->name);
	for (size_t i = 0; i < edit->n_cuts; i++) {
		int rc = gm_buf_put(out, edit->text + at, edit->cuts[i].from - at);
		if (rc < 0)
			return rc;
		at = edit->cuts[i].to;
	}
	return gm_buf_put(out, edit->text + at, edit->size - at);
}

static int put_replaced(struct gm_buf *out, const struct edit *edit, const char *value)
{
	size_t from = edit->value.from;

	while (from < edit->value.to && strchr(" \t", edit->text[from]))
		from++;
	int rc = gm_buf_put(out, edit->text, from);
	if (rc == 0 && !edit->has_value)
		rc = gm_buf_puts(out, " = ");
	if (rc == 0)
		rc = gm_config_put_value(out, value);
	if (rc < 0)
		return rc;
	return gm_buf_put(out, edit->text + edit->value.to, edit->size - edit->value.to);
}

/* Begin a line at the end of the file, also when its last line is to be continued. */
static int put_fresh_line(struct gm_buf *out)
{
	int rc = 0;

	if (out->size && out->ptr[out->size - 1] != '\n')
		rc = gm_buf_putc(out, '\n');
	if (rc < 0 || out->size < 2)
		return rc;
	size_t before = out->size - 2;
	if (before && out->ptr[before] == '\r')
		before--;
	return out->ptr[before] == '\\' ? gm_buf_putc(out, '\n') : 0;
}

static int put_line(struct gm_buf *out, const struct edit *edit, const char *value)
{
	int rc = gm_buf_printf(out, "\t%s = ", strrchr(edit->name, '.') + 1);

	if (rc == 0)
		rc = gm_config_put_value(out, value);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

static int put_into_section(
	struct gm_buf *out, const struct edit *edit, const char *value)
{
	size_t at = edit->section_end;

	while (at < edit->size && strchr(" \t\r", edit->text[at]))
		at++;
	bool rest_of_line = at < edit->size && !strchr("\n#;", edit->text[at]);
	if (rest_of_line) {
		at = edit->section_end;
	} else {
		const char *newline = memchr(edit->text + at, '\n', edit->size - at);
		at = newline ? (size_t)(newline - edit->text) + 1 : edit->size;
	}
	int rc = gm_buf_put(out, edit->text, at);
	if (rc == 0 && rest_of_line)
		rc = gm_buf_putc(out, '\n');
	else if (rc == 0 && at == edit->size)
		rc = put_fresh_line(out);
	if (rc == 0)
		rc = put_line(out, edit, value);
	return rc < 0 ? rc : gm_buf_put(out, edit->text + at, edit->size - at);
}

static int put_header(struct gm_buf *out, const char *section)
{
	const char *dot = strchr(section, '.');
	int rc = gm_buf_printf(out, "[%.*s",
		(int)(dot ? (size_t)(dot - section) : strlen(section)), section);

	if (rc == 0 && dot)
		rc = gm_buf_puts(out, " \"");
	for (const char *at = dot ? dot + 1 : ""; rc == 0 && *at; at++)
		rc = gm_buf_printf(out, strchr("\"\\", *at) ? "\\%c" : "%c", *at);
	return rc < 0 ? rc : gm_buf_puts(out, dot ? "\"]\n" : "]\n");
}

static int put_new_section(struct gm_buf *out, const struct edit *edit, const char *value)
{
	int rc = gm_buf_put(out, edit->text, edit->size);

	if (rc == 0)
		rc = put_fresh_line(out);
	if (rc == 0)
		rc = put_header(out, edit->section);
	return rc < 0 ? rc : put_line(out, edit, value);
}

static int put_edited(
	struct gm_buf *out, struct edit *edit, const char *path, const char *value)
{
	int rc = gm_config_scan(edit->text, edit->size, path, note_item, edit);

	if (rc < 0)
		return rc;
	if (!value)
		return put_removed(out, edit);
	if (edit->found)
		return put_replaced(out, edit, value);
	if (edit->has_section)
		return put_into_section(out, edit, value);
	return put_new_section(out, edit, value);
}

/* The file itself, or what a symbolic link points to; it need not exist yet. gm_free. */
static char *resolve(const char *path)
{
	char target[PATH_MAX];

	return gm_strdup(realpath(path, target) ? target : path);
}

/*
 * `TARGET.lock`, which git makes too: whoever else wants to change the file has to wait. Unlike
 * git's it never becomes the file: it holds a mark and is flocked for as long as its owner
 * lives, so that one left by a killed process or a power cut is known.
 */
struct config_lock {
	char *path;
	int fd;
};

#define CONFIG_LOCK_INIT               \
	{                              \
		.path = NULL, .fd = -1 \
	}

static const char lock_mark[] = "held by gitmem, which has a flock on this file\n";

static void release_lock(struct config_lock *lock)
{
	if (lock->fd >= 0)
		(void)gm_sys_unlink(lock->path); /* one that stays is found to be stale */
	gm_close_p(&lock->fd);
	gm_free(lock->path);
}

static bool has_mark(int fd)
{
	char text[sizeof(lock_mark)];

	return pread(fd, text, sizeof(text), 0) == (ssize_t)sizeof(lock_mark) - 1 &&
		!memcmp(text, lock_mark, sizeof(lock_mark) - 1);
}

/* Whether the file we locked still has this name. */
static bool is_still(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 &&
		ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* Remove the lock when it is one of ours whose owner is gone. Only under its flock. */
static void remove_stale(const char *path)
{
	gm_autoclose int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && has_mark(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		is_still(fd, path))
		(void)gm_sys_unlink(path); /* else the caller goes on waiting */
}

/* Where the file system has no flock there is no mark either: nobody takes it for stale. */
static int mark_lock(int fd, const char *path)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	int rc = gm_write_all(fd, lock_mark, sizeof(lock_mark) - 1, path);
	return rc < 0 ? rc : gm_fsync(fd, path);
}

/* One that has the mark in it, durable, before it gets its name. */
static int make_lock(struct gm_tempfile *out, const char *target)
{
	gm_autofree char *dir = gm_path_dir(target);
	int rc = dir ? gm_tempfile_open(out, dir, ".tmp_", 0666) : GM_ENOMEM;

	return rc < 0 ? rc : mark_lock(out->fd, target);
}

/* 1: it is ours, 0: there is another. */
static int place_lock(struct config_lock *lock, struct gm_tempfile *made)
{
	if (gm_sys_link(made->path, lock->path) == 0) {
		lock->fd = made->fd;
		made->fd = -1;
		return 1;
	}
	if (errno == EEXIST)
		return 0;
	/* A file system without links. */
	lock->fd = gm_sys_open(lock->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (lock->fd < 0)
		return errno == EEXIST ? 0
				       : gm_error_errno("cannot make '%s'", lock->path);
	int rc = mark_lock(lock->fd, lock->path);
	return rc < 0 ? rc : 1;
}

static int lock_file(struct config_lock *out, const char *target)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	gm_autotempfile made = GM_TEMPFILE_INIT;

	out->path = gm_format("%s.lock", target);
	int rc = out->path ? make_lock(&made, target) : GM_ENOMEM;
	for (int tries = 0; rc == 0 && tries < LOCK_TRIES; tries++) {
		rc = place_lock(out, &made);
		if (rc == 0)
			rc = gm_interrupted();
		if (rc)
			break;
		remove_stale(out->path);
		(void)nanosleep(&pause, NULL); /* a signal ends it early, as it should */
	}
	if (rc == 0)
		return gm_error(GM_ELOCKED, "another program is changing '%s'", target);
	return rc < 0 ? rc : 0;
}

/* With the permissions the file has had. */
static int replace_file(const char *target, const struct gm_buf *text)
{
	gm_autotempfile temp = GM_TEMPFILE_INIT;
	gm_autofree char *dir = gm_path_dir(target);
	struct stat st;
	int rc = dir ? gm_tempfile_open(&temp, dir, ".tmp_", 0666) : GM_ENOMEM;

	if (rc == 0 && stat(target, &st) == 0 &&
		gm_sys_fchmod(temp.fd, st.st_mode & 07777) < 0)
		rc = gm_error_errno("cannot write '%s'", target);
	if (rc == 0)
		rc = gm_write_all(temp.fd, gm_buf_str(text), text->size, target);
	if (rc == 0)
		rc = gm_tempfile_commit(&temp, target);
	return rc < 0 ? rc : gm_fsync_dir(dir);
}

static int edit_file(const char *target, const char *name, const char *value)
{
	gm_autobuf old = GM_BUF_INIT(GM_CONFIG_MAX_SIZE);
	gm_autobuf new = GM_BUF_INIT(GM_CONFIG_MAX_SIZE);
	gm_autofree char *section = gm_strndup(name, (size_t)(strrchr(name, '.') - name));
	int rc = section ? gm_file_read(&old, target) : GM_ENOMEM;

	if (rc < 0 && rc != GM_ENOTFOUND)
		return rc;
	struct edit edit = {.text = gm_buf_str(&old),
		.size = old.size,
		.name = name,
		.section = section};
	rc = put_edited(&new, &edit, target, value);
	gm_free(edit.cuts);
	return rc < 0 ? rc : replace_file(target, &new);
}

int gm_config_set_file(const char *path, const char *name, const char *value)
{
	gm_cleanup(release_lock) struct config_lock lock = CONFIG_LOCK_INIT;
	int rc = gm_config_check_name(name);

	if (rc < 0)
		return rc;
	gm_autofree char *target = resolve(path);
	rc = target ? gm_mkdirs_for(target) : GM_ENOMEM;
	if (rc == 0)
		rc = lock_file(&lock, target);
	return rc < 0 ? rc : edit_file(target, name, value);
}
