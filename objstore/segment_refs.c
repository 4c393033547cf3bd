#include "objstore/segment_refs.h"

#include <string.h>

#define IS_SYMBOLIC 1u
#define HAS_LOG 2u
#define IS_LOG_ONLY 4u
#define KNOWN_FLAGS 7u

static int put_text(struct gm_buf *out, const char *text)
{
	size_t size = text ? strlen(text) : 0;
	int rc = gm_varint_put(out, size);

	return rc < 0 ? rc : gm_buf_put(out, text, size);
}

/* Small numbers of either sign are short. */
static int put_signed(struct gm_buf *out, int64_t value)
{
	return gm_varint_put(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

int gm_ref_change_put(struct gm_buf *out, const struct gm_ref_change *change)
{
	unsigned flags = (change->target ? IS_SYMBOLIC : 0) |
		(change->who ? HAS_LOG : 0) | (change->is_log_only ? IS_LOG_ONLY : 0);
	int rc = gm_buf_putc(out, (char)flags);

	if (rc == 0)
		rc = put_text(out, change->name);
	if (rc == 0)
		rc = gm_buf_put(out, change->old_oid.bytes, GM_OID_SIZE);
	if (rc == 0)
		rc = gm_buf_put(out, change->new_oid.bytes, GM_OID_SIZE);
	if (rc == 0 && change->target)
		rc = put_text(out, change->target);
	if (rc < 0 || !change->who)
		return rc;
	rc = put_signed(out, change->when);
	if (rc == 0)
		rc = put_signed(out, change->tz_minutes);
	if (rc == 0)
		rc = put_text(out, change->who);
	return rc < 0 ? rc : put_text(out, change->message);
}

/* A cursor over the bytes of a change; `bad` once something did not fit. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	struct gm_buf *texts;
	bool bad;
	int rc;
};

static uint64_t get_number(struct cursor *cursor)
{
	uint64_t value = 0;

	if (!cursor->bad && !gm_varint_get(&value, &cursor->at, cursor->end))
		cursor->bad = true;
	return value;
}

static int64_t get_signed(struct cursor *cursor)
{
	uint64_t value = get_number(cursor);

	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

static void get_oid(struct gm_oid *out, struct cursor *cursor)
{
	if (cursor->bad || cursor->end - cursor->at < GM_OID_SIZE) {
		cursor->bad = true;
		return;
	}
	memcpy(out->bytes, cursor->at, GM_OID_SIZE);
	cursor->at += GM_OID_SIZE;
}

/* The texts have room reserved, so that they stay where they are. */
static const char *get_text(struct cursor *cursor)
{
	uint64_t size = get_number(cursor);
	size_t start = cursor->texts->size;

	if (cursor->bad || size > (uint64_t)(cursor->end - cursor->at) ||
		memchr(cursor->at, '\0', (size_t)size)) {
		cursor->bad = true;
		return "";
	}
	if (cursor->rc == 0)
		cursor->rc = gm_buf_put(cursor->texts, cursor->at, (size_t)size);
	if (cursor->rc == 0)
		cursor->rc = gm_buf_putc(cursor->texts, '\0');
	cursor->at += size;
	return cursor->texts->ptr + start;
}

static void get_change(struct gm_ref_change *out, struct cursor *cursor, unsigned flags)
{
	out->is_log_only = flags & IS_LOG_ONLY;
	out->name = get_text(cursor);
	get_oid(&out->old_oid, cursor);
	get_oid(&out->new_oid, cursor);
	if (flags & IS_SYMBOLIC)
		out->target = get_text(cursor);
	if (!(flags & HAS_LOG))
		return;
	out->when = get_signed(cursor);
	int64_t tz = get_signed(cursor);
	cursor->bad = cursor->bad || tz < -6000 || tz > 6000;
	out->tz_minutes = (int)tz;
	out->who = get_text(cursor);
	out->message = get_text(cursor);
}

int gm_ref_change_parse(struct gm_ref_change *out, struct gm_buf *texts,
	const uint8_t *bytes, size_t size)
{
	struct gm_ref_change change = {.name = NULL};

	gm_buf_reset(texts);
	int rc = gm_buf_reserve(texts, size + 8);
	if (rc < 0)
		return rc;
	if (!size)
		return gm_error(GM_EMISMATCH, "a ref update is empty");
	if (bytes[0] & ~KNOWN_FLAGS)
		return gm_error(
			GM_EINVALID, "a ref update was written by a newer gitmem");
	struct cursor cursor = {bytes + 1, bytes + size, texts, false, 0};
	get_change(&change, &cursor, bytes[0]);
	if (cursor.rc < 0)
		return cursor.rc;
	if (cursor.bad || cursor.at != cursor.end || !*change.name)
		return gm_error(GM_EMISMATCH, "a ref update is broken");
	*out = change;
	return 0;
}
