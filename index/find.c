#include <stdlib.h>
#include <string.h>

#include "index/filter.h"
#include "index/row.h"

/* Hexadecimal digits of an id. */
#define ID_DIGITS (2 * (size_t)GM_UUID_SIZE)
#define MIN_DIGITS 4

/* Ids between two bounds, as in the columns `id` and `reversed`. */
struct range {
	uint8_t low[GM_UUID_SIZE];
	uint8_t high[GM_UUID_SIZE];
};

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

/* All ids whose first digits, or last ones backwards, are these. */
static struct range make_range(const uint8_t *digits, size_t n, bool backwards)
{
	struct range range;

	memset(range.low, 0, sizeof(range.low));
	memset(range.high, 0xff, sizeof(range.high));
	for (size_t i = 0; i < n; i++) {
		unsigned digit = digits[backwards ? n - 1 - i : i];
		unsigned shift = i % 2 ? 0 : 4;
		range.low[i / 2] |= (uint8_t)(digit << shift);
		range.high[i / 2] ^= (uint8_t)((~digit & 0xfu) << shift);
	}
	return range;
}

static int add_range(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, const char *sql, const struct range *range)
{
	gm_autostatement *statement = NULL;
	int rc = gm_statement_get(&statement, database, sql);

	if (rc < 0)
		return rc;
	gm_bind_blob(statement, 1, range->low, sizeof(range->low));
	gm_bind_blob(statement, 2, range->high, sizeof(range->high));
	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t row = gm_column_int(statement, 0);
		rc = gm_bitmap_test(&view->rows, row) ? gm_bitmap_set(rows, row) : 0;
		if (rc < 0)
			return rc;
	}
	return rc;
}

struct part {
	struct gm_hits *out;
	const char *text;
	size_t limit;
};

static int find_rows(struct gm_bitmap *rows, struct gm_database *database,
	const struct gm_index_view *view, const char *text)
{
	uint8_t digits[ID_DIGITS];
	size_t n = take_digits(digits, text);

	if (!n)
		return 0;
	struct range front = make_range(digits, n, false);
	struct range back = make_range(digits, n, true);
	int rc = add_range(rows, database, view,
		"SELECT row FROM memory WHERE id >= ?1 AND id <= ?2", &front);
	return rc < 0 ? rc
		      : add_range(rows, database, view,
				"SELECT row FROM memory"
				" WHERE reversed >= ?1 AND reversed <= ?2",
				&back);
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
	int rc = find_rows(&rows, index->database, view, part->text);
	int64_t row = -1;

	while (rc == 0 && hits.n < part->limit &&
		(row = gm_bitmap_next(&rows, row + 1)) >= 0) {
		struct gm_hit hit = {.path = NULL};
		gm_time created;

		rc = gm_row_read(&hit, &created, index->database, row);
		if (rc == 0)
			rc = gm_hits_add(&hits, &hit);
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
