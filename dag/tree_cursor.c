#include "dag/tree_cursor.h"

#include <string.h>

/* The entry at `start`. Two that follow each other must be in order. */
static int take(struct gm_tree_cursor *cursor, const struct gm_tree_entry *previous)
{
	cursor->at = cursor->start;
	int rc = gm_tree_next(&cursor->entry, &cursor->at, cursor->data, cursor->size);

	cursor->has_entry = rc > 0;
	if (rc > 0 && previous && gm_tree_entry_compare(previous, &cursor->entry) >= 0)
		rc = gm_error(GM_EMISMATCH, "out of order at byte %zu", cursor->start);
	return rc < 0 ? gm_tree_broken(cursor->oid) : 0;
}

int gm_tree_cursor_open(
	struct gm_tree_cursor *out, const struct gm_buf *bytes, const struct gm_oid *oid)
{
	*out = (struct gm_tree_cursor){
		.data = gm_buf_str(bytes), .size = bytes->size, .oid = oid};
	return take(out, NULL);
}

int gm_tree_cursor_step(struct gm_tree_cursor *cursor)
{
	const struct gm_tree_entry previous = cursor->entry;

	cursor->start = cursor->at;
	return take(cursor, &previous);
}

/* How many bytes both have alike from where they are. */
static size_t common_size(const struct gm_tree_cursor *a, const struct gm_tree_cursor *b)
{
	const char *x = a->data + a->start, *y = b->data + b->start;
	size_t x_size = a->size - a->start, y_size = b->size - b->start;
	size_t size = x_size < y_size ? x_size : y_size;
	size_t at = 0;

	if (x == y)
		return size;
	while (size - at >= 256 && !memcmp(x + at, y + at, 256))
		at += 256;
	while (at < size && x[at] == y[at])
		at++;
	return at;
}

/* How many of the bytes are whole entries. */
static size_t whole_entries(const char *data, size_t size)
{
	size_t at = 0;

	for (;;) {
		const char *end = memchr(data + at, '\0', size - at);
		if (!end || (size_t)(end - data) + 1 + GM_OID_SIZE > size)
			return at;
		at = (size_t)(end - data) + 1 + GM_OID_SIZE;
	}
}

int gm_tree_cursors_skip_common(struct gm_tree_cursor *cursors, size_t n)
{
	size_t size = cursors[0].size - cursors[0].start;
	int rc = 0;

	for (size_t i = 1; i < n; i++) {
		size_t common = common_size(&cursors[0], &cursors[i]);
		size = common < size ? common : size;
	}
	size = whole_entries(cursors[0].data + cursors[0].start, size);
	for (size_t i = 0; size && rc == 0 && i < n; i++) {
		cursors[i].start += size;
		rc = take(&cursors[i], NULL);
	}
	return rc;
}
