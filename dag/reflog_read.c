#include "dag/reflog.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dag/refs.h"

#define BLOCK ((size_t)64 << 10)

/* The longest line we read, in bytes. */
#define MAX_LINE ((size_t)1 << 20)

#define HEX (GM_OID_HEX - 1)

/* A log that is read from its end: `data` holds the bytes from `start` on, up to `size`. */
struct tail {
	int fd;
	const char *name;
	off_t start;
	char *data;
	size_t size;
	size_t cap;
};

static int broken(const struct tail *tail, size_t at)
{
	return gm_error(GM_EMISMATCH, "reflog '%s' is broken at byte %lld", tail->name,
		(long long)tail->start + (long long)at);
}

/* Put the block before `start` in front of the bytes that are held. */
static int load_block(struct tail *tail)
{
	size_t n = tail->start < (off_t)BLOCK ? (size_t)tail->start : BLOCK;
	int rc = gm_grow(&tail->data, &tail->cap, tail->size + n + 1, 1);

	if (rc < 0)
		return rc;
	memmove(tail->data + n, tail->data, tail->size);
	ssize_t got = pread(tail->fd, tail->data, n, tail->start - (off_t)n);
	if (got < 0)
		return gm_error_errno("cannot read reflog '%s'", tail->name);
	if ((size_t)got != n)
		return gm_error(
			GM_ERROR, "reflog '%s' changed while it was read", tail->name);
	tail->start -= (off_t)n;
	tail->size += n;
	return 0;
}

/*
 * Find the last newline before the end of what is held, reading on backwards: 1 with its
 * place, 0 at the start of the file.
 */
static int last_newline(size_t *out, struct tail *tail)
{
	for (;;) {
		char *newline = tail->size ? memrchr(tail->data, '\n', tail->size) : NULL;
		if (newline) {
			*out = (size_t)(newline - tail->data);
			return 1;
		}
		if (!tail->start)
			return 0;
		if (tail->size > MAX_LINE)
			return broken(tail, 0);
		int rc = load_block(tail);
		if (rc < 0)
			return rc;
	}
}

/* "OLD SP NEW SP WHO [TAB MESSAGE]" and a NUL. */
static int parse_line(struct gm_reflog_entry *out, const char *line, size_t size)
{
	const size_t ids = 2 * HEX + 2;

	if (size < ids || line[HEX] != ' ' || line[ids - 1] != ' ' ||
		!gm_oid_parse(&out->old_oid, line, HEX) ||
		!gm_oid_parse(&out->new_oid, line + HEX + 1, HEX))
		return GM_EMISMATCH;
	const char *who = line + ids;
	const char *tab = memchr(who, '\t', size - ids);
	size_t who_size = tab ? (size_t)(tab - who) : size - ids;
	if (!memchr(who, '<', who_size) || !memchr(who, '>', who_size))
		return GM_EMISMATCH;
	out->message = tab ? tab + 1 : "";
	return gm_signature_parse(&out->who, who, who_size);
}

static int pass_line(
	struct tail *tail, size_t at, size_t size, gm_reflog_each_fn each, void *payload)
{
	struct gm_reflog_entry entry;

	tail->data[at + size] = '\0';
	/* Blocks that were not written before a power cut are zeros; logs are not flushed. */
	if (memchr(tail->data + at, '\0', size))
		return 0;
	int rc = parse_line(&entry, tail->data + at, size);
	if (rc < 0)
		return rc == GM_EMISMATCH ? broken(tail, at) : rc;
	rc = each(&entry, payload);
	gm_signature_dispose(&entry.who);
	return rc;
}

static int each_line(struct tail *tail, gm_reflog_each_fn each, void *payload)
{
	size_t newline;
	int rc = last_newline(&newline, tail);

	if (rc <= 0)
		return rc;
	/* Without the newline of the last whole line, and what is torn behind it. */
	tail->size = newline;
	for (;;) {
		int more = last_newline(&newline, tail);
		if (more < 0)
			return more;
		size_t at = more ? newline + 1 : 0;
		rc = pass_line(tail, at, tail->size - at, each, payload);
		if (rc || !more)
			return rc;
		tail->size = newline;
	}
}

int gm_reflog_each_fd(int fd, const char *name, gm_reflog_each_fn each, void *payload)
{
	struct tail tail = {.fd = fd, .name = name};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return gm_error_errno("cannot read reflog '%s'", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	tail.start = st.st_size;
	int rc = each_line(&tail, each, payload);
	gm_free(tail.data);
	return rc;
}

int gm_reflog_each(
	const char *gitdir, const char *ref, gm_reflog_each_fn each, void *payload)
{
	int rc = gm_ref_check_name(ref);

	if (rc < 0)
		return rc;
	gm_autofree char *path = gm_format("%s/logs/%s", gitdir, ref);
	/* Without O_NONBLOCK a pipe in its place would hold us up for ever. */
	gm_autoclose int fd =
		path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;

	if (!path)
		return GM_ENOMEM;
	if (fd < 0) {
		rc = gm_error_errno("cannot read reflog '%s'", path);
		return rc == GM_ENOTFOUND ? 0 : rc;
	}
	return gm_reflog_each_fd(fd, path, each, payload);
}

/* Append the line unless it is an entry that goes. */
static int filter_line(struct gm_buf *out, const char *line, size_t size,
	gm_reflog_each_fn keep, void *payload)
{
	gm_autofree char *copy = gm_strndup(line, size);
	struct gm_reflog_entry entry;
	int rc = copy ? 0 : GM_ENOMEM;

	if (rc < 0)
		return rc;
	rc = memchr(line, '\0', size) ? GM_EMISMATCH : parse_line(&entry, copy, size);
	if (rc == 0) {
		rc = keep(&entry, payload);
		gm_signature_dispose(&entry.who);
		if (rc <= 0)
			return rc;
	} else if (rc != GM_EMISMATCH)
		return rc;
	rc = gm_buf_put(out, line, size);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

int gm_reflog_filter(
	const char *gitdir, const char *ref, gm_reflog_each_fn keep, void *payload)
{
	gm_autofree char *path = gm_format("%s/logs/%s", gitdir, ref);
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf kept = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = path ? 0 : GM_ENOMEM;

	if (rc == 0 && (!gm_path_exists(path) || gm_is_dir(path)))
		return 0;
	if (rc == 0)
		rc = gm_file_read(&text, path);
	const char *at = gm_buf_str(&text);
	const char *end = at + text.size;
	while (rc == 0 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			break; /* torn */
		rc = filter_line(&kept, at, (size_t)(newline - at), keep, payload);
		at = newline + 1;
	}
	if (rc < 0 || kept.size == text.size)
		return rc;
	return gm_file_write(path, gm_buf_str(&kept), kept.size);
}
