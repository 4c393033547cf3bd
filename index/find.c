#include <stdlib.h>
#include <string.h>

#include "index/filter.h"
#include "index/row.h"

/* Hexadecimal digits of an id. */
#define ID_DIGITS (2 * (size_t)GM_UUID_SIZE)
#define MIN_DIGITS 4

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The digits of `text` without dashes; 0 when it is no part of an id. */
static size_t take_digits(uint8_t out[ID_DIGITS], const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		int value = digit_value(*text);
		if (*text == '-')
			continue;
		if (value < 0 || n == ID_DIGITS)
			return 0;
		out[n++] = (uint8_t)value;
	}
	return n >= MIN_DIGITS ? n : 0;
}

/* Those whose ids begin with these digits. */
static int add_front(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, const uint8_t *digits, size_t n)
{
	gm_autostatement *statement = NULL;
	uint8_t low[GM_UUID_SIZE];
	uint8_t high[GM_UUID_SIZE];
	int rc = gm_statement_get(&statement, database,
		"SELECT row FROM memory WHERE id >= ?1 AND id <= ?2");

	if (rc < 0)
		return rc;
	memset(low, 0, sizeof(low));
	memset(high, 0xff, sizeof(high));
	for (size_t i = 0; i < n; i++) {
		unsigned shift = i % 2 ? 0 : 4;
		low[i / 2] |= (uint8_t)(digits[i] << shift);
		high[i / 2] ^= (uint8_t)((~digits[i] & 0xfu) << shift);
	}
	gm_bind_blob(statement, 1, low, sizeof(low));
	gm_bind_blob(statement, 2, high, sizeof(high));
	return gm_index_view_pick(rows, view, statement);
}

/* Those whose ids end with these digits, as far as `tail` tells. */
static int add_back(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, const uint8_t *digits, size_t n)
{
	gm_autostatement *statement = NULL;
	uint64_t low = 0;
	uint64_t high = UINT64_MAX;
	int rc = gm_statement_get(&statement, database,
		"SELECT row FROM memory WHERE tail >= ?1 AND tail <= ?2");

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n && i < GM_ROW_TAIL_DIGITS; i++) {
		unsigned shift = 4 * (GM_ROW_TAIL_DIGITS - 1 - (unsigned)i);
		uint64_t digit = digits[n - 1 - i];
		low |= digit << shift;
		high ^= (digit ^ 0xf) << shift;
	}
	gm_bind_int(statement, 1, gm_row_tail(low));
	gm_bind_int(statement, 2, gm_row_tail(high));
	return gm_index_view_pick(rows, view, statement);
}

struct part {
	struct gm_hits *out;
	const char *text;
	size_t limit;
};

static int find_rows(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, const uint8_t *digits, size_t n)
{
	int rc = add_front(rows, database, view, digits, n);

	return rc < 0 ? rc : add_back(rows, database, view, digits, n);
}

/* Whether an id begins or ends with these digits. */
static bool is_meant(const char *id, const uint8_t *digits, size_t n)
{
	uint8_t all[ID_DIGITS];

	if (take_digits(all, id) != ID_DIGITS)
		return false;
	return memcmp(all, digits, n) == 0 || memcmp(all + ID_DIGITS - n, digits, n) == 0;
}

static int compare_hits(const void *a, const void *b)
{
	const struct gm_hit *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : strcmp(x->path, y->path);
}

static int find_id(
	struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct part *part = payload;
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_autohits hits = GM_HITS_INIT;
	uint8_t digits[ID_DIGITS];
	size_t n = take_digits(digits, part->text);
	int64_t row = -1;
	int rc = n ? find_rows(&rows, index->database, view, digits, n) : 0;

	while (rc == 0 && hits.n < part->limit &&
		(row = gm_bitmap_next(&rows, row + 1)) >= 0) {
		struct gm_hit hit = {.path = NULL};
		gm_time created;

		rc = gm_row_read(&hit, &created, index->database, row);
		if (rc == 0 && is_meant(hit.id, digits, n))
			rc = gm_hits_add(&hits, &hit);
		else
			gm_free(hit.path);
	}
	if (rc < 0)
		return rc;
	if (hits.n)
		qsort(hits.items, hits.n, sizeof(*hits.items), compare_hits);
	gm_hits_dispose(part->out);
	*part->out = hits;
	hits = (struct gm_hits)GM_HITS_INIT;
	return 0;
}

int gm_index_find_id(
	struct gm_hits *out, struct gm_index *index, const char *text, size_t limit)
{
	struct part part = {out, text, limit};

	return gm_index_query(index, find_id, &part);
}
