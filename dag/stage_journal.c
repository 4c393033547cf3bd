#include "dag/stage_journal.h"

#include <string.h>

#include "base/interrupt.h"

/* The first line: the version, then the ref whose stage it is. */
static const char family[] = "gitmem-stage ";
static const char header[] = "gitmem-stage 1 ";

#define HEADER_SIZE (sizeof(header) - 1)
#define MAX_PATH_SIZE ((size_t)4096)

/*
 * How many bytes the search for a group behind a broken one may look at, for each byte that
 * there is. Text that was made to look like groups within groups would cost their square.
 */
#define SEARCH_FACTOR ((size_t)16)

int gm_journal_put_header(struct gm_buf *out, const char *ref)
{
	return gm_buf_printf(out, "%s%s\n", header, ref);
}

static int put_change(struct gm_buf *out, const struct gm_change *change)
{
	char base[GM_OID_HEX], blob[GM_OID_HEX];
	size_t path_size = strlen(change->path);
	int rc;

	if (!path_size || path_size > MAX_PATH_SIZE)
		return gm_error(
			GM_EINVALID, "a path of %zu bytes cannot be staged", path_size);
	gm_oid_format(base, &change->base);
	if (gm_oid_is_zero(&change->blob)) {
		rc = gm_buf_printf(out, "remove %s %zu\n", base, path_size);
	} else {
		gm_oid_format(blob, &change->blob);
		rc = gm_buf_printf(
			out, "put %s %s %zu %zu\n", base, blob, change->size, path_size);
	}
	if (rc == 0)
		rc = gm_buf_put(out, change->path, path_size);
	if (rc == 0)
		rc = gm_buf_putc(out, '\n');
	if (rc < 0 || gm_oid_is_zero(&change->blob))
		return rc;
	rc = gm_buf_put(out, change->data, change->size);
	return rc < 0 ? rc : gm_buf_putc(out, '\n');
}

/* One line for all changes that follow and were made on the same commit. */
static int put_tip(struct gm_buf *out, const struct gm_oid *tip)
{
	char hex[GM_OID_HEX];

	gm_oid_format(hex, tip);
	return gm_buf_printf(out, "tip %s\n", hex);
}

static void checksum(char out[GM_OID_HEX], const char *data, size_t size)
{
	struct gm_sha1 sha1;
	struct gm_oid sum;

	gm_sha1_init(&sha1);
	gm_sha1_update(&sha1, data, size);
	gm_sha1_final(sum.bytes, &sha1);
	gm_oid_format(out, &sum);
}

static int put_group(
	struct gm_buf *out, size_t at, const struct gm_change *changes, size_t n)
{
	const struct gm_oid *tip = &gm_oid_zero;
	size_t start = out->size;
	char sum[GM_OID_HEX];
	int rc = gm_buf_printf(out, "group %zu\n", at);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!gm_oid_equal(&changes[i].tip, tip))
			rc = put_tip(out, tip = &changes[i].tip);
		if (rc == 0)
			rc = put_change(out, &changes[i]);
	}
	if (rc < 0)
		return rc;
	checksum(sum, out->ptr + start, out->size - start);
	return gm_buf_printf(out, "end %s\n", sum);
}

int gm_journal_put_group(
	struct gm_buf *out, size_t at, const struct gm_change *changes, size_t n)
{
	size_t before = out->size;
	int rc = put_group(out, at, changes, n);

	if (rc < 0 && out->ptr) {
		out->size = before;
		out->ptr[before] = '\0';
	}
	return rc;
}

/* Where a reader stands. Every take_ function returns false at the first thing that is off. */
struct cursor {
	const char *start;
	const char *at;
	const char *end;
};

static bool take_text(struct cursor *cursor, const char *text)
{
	size_t size = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < size || memcmp(cursor->at, text, size))
		return false;
	cursor->at += size;
	return true;
}

static bool take_oid(struct cursor *cursor, struct gm_oid *out)
{
	if ((size_t)(cursor->end - cursor->at) < GM_OID_HEX - 1 ||
		!gm_oid_parse(out, cursor->at, GM_OID_HEX - 1))
		return false;
	cursor->at += GM_OID_HEX - 1;
	return true;
}

static bool take_size(struct cursor *cursor, size_t *out)
{
	const char *start = cursor->at;
	size_t value = 0;

	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9') {
		if (value > (GM_OBJECT_MAX_SIZE - 9) / 10)
			return false;
		value = value * 10 + (size_t)(*cursor->at++ - '0');
	}
	*out = value;
	return cursor->at > start;
}

/* `size` bytes and the newline behind them. */
static bool take_bytes(struct cursor *cursor, const char **out, size_t size)
{
	if ((size_t)(cursor->end - cursor->at) <= size || cursor->at[size] != '\n')
		return false;
	*out = cursor->at;
	cursor->at += size + 1;
	return true;
}

static bool take_path(struct cursor *cursor, size_t size, char out[MAX_PATH_SIZE + 1])
{
	const char *path;

	if (!size || size > MAX_PATH_SIZE || !take_bytes(cursor, &path, size) ||
		memchr(path, '\0', size))
		return false;
	memcpy(out, path, size);
	out[size] = '\0';
	return true;
}

static bool take_put(struct cursor *cursor, struct gm_change *change, char *path)
{
	size_t path_size;
	const char *data;

	if (!take_oid(cursor, &change->base) || !take_text(cursor, " ") ||
		!take_oid(cursor, &change->blob) || !take_text(cursor, " ") ||
		!take_size(cursor, &change->size) || !take_text(cursor, " ") ||
		!take_size(cursor, &path_size) || !take_text(cursor, "\n") ||
		!take_path(cursor, path_size, path) ||
		!take_bytes(cursor, &data, change->size))
		return false;
	change->data = data;
	return !gm_oid_is_zero(&change->blob);
}

static bool take_remove(struct cursor *cursor, struct gm_change *change, char *path)
{
	size_t path_size;

	change->blob = gm_oid_zero;
	change->data = NULL;
	change->size = 0;
	return take_oid(cursor, &change->base) && take_text(cursor, " ") &&
		take_size(cursor, &path_size) && take_text(cursor, "\n") &&
		take_path(cursor, path_size, path);
}

static bool take_end(struct cursor *cursor, const char *group)
{
	char sum[GM_OID_HEX];

	checksum(sum, group, (size_t)(cursor->at - group));
	return take_text(cursor, "end ") && take_text(cursor, sum) &&
		take_text(cursor, "\n");
}

static bool next_is(const struct cursor *cursor, const char *text)
{
	struct cursor copy = *cursor;

	return take_text(&copy, text);
}

/* The group's first line says where it stands, so that its text inside a memory is no group. */
static bool take_start(struct cursor *cursor)
{
	size_t here = (size_t)(cursor->at - cursor->start);
	size_t at;

	return take_text(cursor, "group ") && take_size(cursor, &at) && at == here &&
		take_text(cursor, "\n");
}

/*
 * 1 with a whole group behind the cursor, 0 when there is none, or the callback's error. For
 * a callback the group must have been found whole before.
 */
static int take_group(struct cursor *cursor, gm_journal_each_fn each, void *payload)
{
	char path[MAX_PATH_SIZE + 1];
	struct gm_change change = {.path = path};
	const char *group = cursor->at;

	if (!take_start(cursor))
		return 0;
	while (!next_is(cursor, "end ")) {
		if (take_text(cursor, "tip ")) {
			if (!take_oid(cursor, &change.tip) || !take_text(cursor, "\n"))
				return 0;
			continue;
		}
		bool fine = take_text(cursor, "put ") ? take_put(cursor, &change, path)
			: take_text(cursor, "remove ")
			? take_remove(cursor, &change, path)
			: false;
		if (!fine)
			return 0;
		int rc = each ? each(&change, payload) : 0;
		if (rc < 0)
			return rc;
	}
	return each || take_end(cursor, group);
}

/* 1 when a whole group stands anywhere behind the cursor, or nobody could tell. */
static int group_follows(const struct cursor *cursor)
{
	static const char mark[] = "group ";
	struct cursor there = *cursor;
	const char *at = cursor->at;
	size_t left = (size_t)(cursor->end - cursor->start);

	left = left > SIZE_MAX / SEARCH_FACTOR ? SIZE_MAX : left * SEARCH_FACTOR;
	while ((at = memmem(at, (size_t)(cursor->end - at), mark, sizeof(mark) - 1))) {
		there.at = at;
		int rc = take_group(&there, NULL, NULL);
		if (!rc)
			rc = gm_interrupted();
		if (rc)
			return rc;
		if (left <= (size_t)(there.at - at))
			return 1;
		left -= (size_t)(there.at - at);
		at++;
	}
	return 0;
}

/* The ref of the first line: 1, or 0 when that line was not written whole. */
static int take_ref(const char **out, size_t *size_out, struct cursor *cursor)
{
	if (!take_text(cursor, header))
		return next_is(cursor, family) &&
				(size_t)(cursor->end - cursor->at) >= HEADER_SIZE
			? gm_error(GM_EINVALID,
				  "the journal has a format that this version does not "
				  "know")
			: 0;
	const char *end = memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at));
	if (!end)
		return 0;
	*out = cursor->at;
	*size_out = (size_t)(end - cursor->at);
	for (const char *at = cursor->at; at < end; at++)
		if ((unsigned char)*at <= ' ')
			return gm_error(GM_EMISMATCH, "the first line is damaged");
	if (!*size_out || *size_out > MAX_PATH_SIZE)
		return gm_error(GM_EMISMATCH, "the first line is damaged");
	cursor->at = end + 1;
	return 1;
}

int gm_journal_ref(struct gm_buf *out, const char *data, size_t size)
{
	struct cursor cursor = {.start = data, .at = data, .end = data + size};
	const char *ref = NULL;
	size_t ref_size = 0;
	int rc = take_ref(&ref, &ref_size, &cursor);

	if (rc <= 0)
		return rc;
	rc = gm_buf_put(out, ref, ref_size);
	return rc < 0 ? rc : 1;
}

/* 1 behind the first line, 0 when not even that was written whole. */
static int take_header(struct cursor *cursor, const char *ref)
{
	const char *is = NULL;
	size_t size = 0;
	int rc = take_ref(&is, &size, cursor);

	if (rc < 0)
		return rc;
	if (rc > 0 && ref && (strlen(ref) != size || memcmp(ref, is, size) != 0))
		return gm_error(GM_EMISMATCH, "it is the stage of '%.*s'", (int)size, is);
	if (rc > 0)
		return 1;
	rc = group_follows(cursor);
	return rc > 0 ? gm_error(GM_EMISMATCH, "the first line is damaged") : rc;
}

int gm_journal_each(size_t *whole_out, const char *data, size_t size, const char *ref,
	gm_journal_each_fn each, void *payload)
{
	struct cursor cursor = {.start = data, .at = data, .end = data + size};
	int rc = take_header(&cursor, ref);

	*whole_out = 0;
	while (rc > 0) {
		/* First without the callback: a torn group must not be seen by halves. */
		struct cursor group = cursor;
		*whole_out = (size_t)(cursor.at - data);
		if (cursor.at == cursor.end)
			return 0;
		rc = take_group(&cursor, NULL, NULL);
		if (rc == 0 && (rc = group_follows(&group)) > 0)
			return gm_error(GM_EMISMATCH, "damaged at byte %zu", *whole_out);
		if (rc > 0 && each)
			rc = take_group(&group, each, payload);
	}
	return rc;
}

/* Changes of one group; the paths are gm_free(). */
struct group {
	struct gm_change *items;
	size_t n;
	size_t cap;
};

static void group_dispose(struct group *group)
{
	for (size_t i = 0; i < group->n; i++)
		gm_free((char *)(uintptr_t)group->items[i].path); /* ours */
	gm_free(group->items);
}

static int keep_change(const struct gm_change *change, void *payload)
{
	struct group *group = payload;
	gm_autofree char *path = gm_strdup(change->path);
	int rc = path
		? gm_grow(&group->items, &group->cap, group->n + 1, sizeof(*group->items))
		: GM_ENOMEM;

	if (rc < 0)
		return rc;
	group->items[group->n] = *change;
	group->items[group->n++].path = gm_steal(&path);
	return 0;
}

/* Copy the group at the cursor, if a whole one stands there: 1 when it does. */
static int salvage_group(struct gm_buf *out, size_t *n_out, struct cursor *cursor)
{
	gm_cleanup(group_dispose) struct group group = {.items = NULL};
	struct cursor copy = *cursor;
	int rc = take_group(cursor, NULL, NULL);

	if (rc <= 0)
		return rc;
	rc = take_group(&copy, keep_change, &group);
	if (rc > 0)
		rc = gm_journal_put_group(out, out->size, group.items, group.n);
	*n_out += rc == 0 ? group.n : 0;
	return rc < 0 ? rc : 1;
}

int gm_journal_salvage(
	struct gm_buf *out, size_t *n_out, const char *data, size_t size, const char *ref)
{
	static const char mark[] = "group ";
	struct cursor cursor = {.start = data, .at = data, .end = data + size};
	const char *at = data;
	int rc;

	*n_out = 0;
	gm_buf_reset(out);
	rc = gm_journal_put_header(out, ref);
	while (rc == 0 &&
		(at = memmem(at, (size_t)(cursor.end - at), mark, sizeof(mark) - 1))) {
		cursor.at = at;
		rc = salvage_group(out, n_out, &cursor);
		at = rc > 0 ? cursor.at : at + 1;
		if (rc >= 0)
			rc = gm_interrupted();
	}
	return rc;
}
