#include <stdlib.h>
#include <string.h>

#include "index/document.h"
#include "index/filter.h"
#include "index/row.h"
#include "index/segments.h"

struct request {
	struct gm_hits *out;
	const struct gm_filter *filter;
	size_t limit;
};

/* A row with what it is listed by. */
struct listed {
	int64_t row;
	gm_time created;
	uint32_t session; /* in the order of their names */
	int32_t seq;
};

struct listing {
	struct listed *items;
	size_t n;
};

static void listing_dispose(struct listing *listing)
{
	gm_free(listing->items);
}

static int find_rows(struct listing *out, struct gm_database *database,
	const struct gm_segments *segments, const struct gm_bitmap *wanted)
{
	out->items = gm_calloc(gm_bitmap_count(wanted), sizeof(*out->items));
	if (!out->items)
		return GM_ENOMEM;
	for (int64_t row = gm_bitmap_next(wanted, 0); row >= 0;
		row = gm_bitmap_next(wanted, row + 1)) {
		const struct gm_document *document = gm_segments_document(segments, row);

		if (!document)
			return gm_database_distrust(database, "a row is missing");
		out->items[out->n++] = (struct listed){.row = row,
			.created = document->created,
			.session = document->session,
			.seq = document->seq};
	}
	return 0;
}

/* Numbers of sessions as ranks of their names: 0 stays, as no name comes first. */
static int rank_sessions(struct listing *listing, struct gm_database *database)
{
	gm_autofree uint32_t *ranks = NULL;
	gm_autostatement *statement = NULL;
	int64_t max;
	uint32_t rank = 0;
	int rc = gm_database_number(
		&max, database, "SELECT coalesce(max(number), 0) FROM label");

	if (rc == 0 && (max < 0 || max > GM_BITMAP_MAX_ROW))
		rc = gm_database_distrust(database, "a label's number is out of range");
	if (rc == 0)
		rc = gm_statement_get(
			&statement, database, "SELECT number FROM label ORDER BY text");
	if (rc < 0)
		return rc;
	ranks = gm_calloc((size_t)max + 1, sizeof(*ranks));
	if (!ranks)
		return GM_ENOMEM;
	while ((rc = gm_statement_step(statement)) > 0) {
		int64_t number = gm_column_int(statement, 0);
		if (number > 0 && number <= max)
			ranks[number] = ++rank;
	}
	for (size_t i = 0; i < listing->n && rc == 0; i++) {
		struct listed *listed = &listing->items[i];
		listed->session = listed->session <= max ? ranks[listed->session] : 0;
	}
	return rc;
}

static int compare_created(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return (x->created > y->created) - (x->created < y->created);
}

static int compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int order = compare_created(a, b);

	if (order)
		return order;
	if (x->session != y->session)
		return x->session < y->session ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static bool has_ties(
	const struct listing *listing, int (*compare)(const void *, const void *))
{
	for (size_t i = 1; i < listing->n; i++)
		if (compare(&listing->items[i - 1], &listing->items[i]) == 0)
			return true;
	return false;
}

/* Let the first of a heap, the latest time, sink to its place. */
static void sink(gm_time *heap, size_t n)
{
	for (size_t at = 0, child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && heap[child + 1] > heap[child])
			child++;
		if (heap[at] >= heap[child])
			return;
		gm_time other = heap[child];
		heap[child] = heap[at];
		heap[at] = other;
	}
}

/* Leave out what is later than the first `limit`: they are few, as a rule. */
static int drop_late(struct listing *listing, size_t limit)
{
	struct listed *items = listing->items;
	size_t kept = 0;

	if (listing->n <= limit)
		return 0;
	gm_autofree gm_time *heap = gm_calloc(limit, sizeof(*heap));
	if (!heap)
		return GM_ENOMEM;
	/* The latest time there is stands for none yet. */
	for (size_t i = 0; i < limit; i++)
		heap[i] = INT64_MAX;
	for (size_t i = 0; i < listing->n; i++) {
		if (items[i].created >= heap[0])
			continue;
		heap[0] = items[i].created;
		sink(heap, limit);
	}
	for (size_t i = 0; i < listing->n; i++)
		if (items[i].created <= heap[0])
			items[kept++] = items[i];
	listing->n = kept;
	return 0;
}

/* Most memories are told apart by their time alone. */
static int sort_rows(struct listing *listing, struct gm_database *database)
{
	if (listing->n)
		qsort(listing->items, listing->n, sizeof(*listing->items),
			compare_created);
	if (!has_ties(listing, compare_created))
		return 0;
	int rc = rank_sessions(listing, database);
	if (rc == 0)
		qsort(listing->items, listing->n, sizeof(*listing->items),
			compare_listed);
	return rc;
}

static int compare_hits(const void *a, const void *b)
{
	const struct gm_hit *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : strcmp(x->path, y->path);
}

static int read_hits(struct gm_hits *hits, struct gm_database *database,
	const struct listed *items, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct gm_hit hit = {.path = NULL};
		gm_time created;

		rc = gm_row_read(&hit, &created, database, items[i].row);
		if (rc == 0)
			rc = gm_hits_add(hits, &hit);
	}
	return rc;
}

/* How many rows from the first on are equal in all but id and path. */
static size_t count_equal(const struct listed *items, size_t n)
{
	size_t end = 1;

	while (end < n && compare_listed(&items[0], &items[end]) == 0)
		end++;
	return end;
}

static int take_hits(struct gm_hits *hits, struct gm_database *database,
	const struct listing *listing, size_t limit)
{
	int rc = 0;

	for (size_t i = 0, n; i < listing->n && hits->n < limit && rc == 0; i += n) {
		size_t from = hits->n;

		n = count_equal(&listing->items[i], listing->n - i);
		rc = read_hits(hits, database, &listing->items[i], n);
		if (rc == 0 && n > 1)
			qsort(&hits->items[from], n, sizeof(*hits->items), compare_hits);
	}
	while (hits->n > limit)
		gm_free(hits->items[--hits->n].path);
	return rc;
}

static int list(struct gm_index *index, const struct gm_index_view *view, void *payload)
{
	struct request *request = payload;
	struct gm_database *database = index->database;
	size_t limit = request->limit ? request->limit : SIZE_MAX;
	gm_autobitmap wanted = GM_BITMAP_INIT;
	gm_cleanup(listing_dispose) struct listing rows = {NULL, 0};
	gm_autohits hits = GM_HITS_INIT;
	const struct gm_segments *segments;
	int rc = gm_segments_get(&segments, index);

	if (rc == 0)
		rc = gm_filter_rows(&wanted, index, view, request->filter);
	if (rc == 0)
		rc = find_rows(&rows, database, segments, &wanted);
	if (rc == 0)
		rc = drop_late(&rows, limit);
	if (rc == 0)
		rc = sort_rows(&rows, database);
	if (rc == 0)
		rc = take_hits(&hits, database, &rows, limit);
	if (rc < 0)
		return rc;
	gm_hits_dispose(request->out);
	*request->out = hits;
	hits = (struct gm_hits)GM_HITS_INIT;
	return 0;
}

int gm_index_list(struct gm_hits *out, struct gm_index *index,
	const struct gm_filter *filter, size_t limit)
{
	struct request request = {out, filter, limit};

	return gm_index_query(index, list, &request);
}
