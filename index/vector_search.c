#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "index/vector_query_internal.h"
#include "index/vector_top.h"

/* So many rows are all compared by their codes. */
#define FEW_ROWS 8192

/* How many more than asked for are put in order by what their codes leave out. */
#define SPARE 64

/* Candidates by their signs are tried in batches of this size; there are so many besides k. */
#define BATCH 128
#define CANDIDATES ((size_t)16 * BATCH)

/* One of so many blocks tells beforehand how good candidates are. */
#define SAMPLE 16

/* A batch that brings less than such a part of the k best is the last one. */
#define FEW_BETTER 64

/*
 * How many standard deviations an estimate may be too low for us to find what it is of. One
 * is about 0.75 by the root of the dimensions: Gao and Long 2024, 3.2.
 */
#define DEVIATIONS 2.0f

struct search {
	struct gm_vector_segment *const *items;
	size_t n;
	const struct gm_vector_query *query;
	const struct gm_bitmap *rows; /* NULL: all */
	size_t k;
	struct gm_vector_top best; /* by their codes */
};

/* Which of the rows of a block are asked for. */
static uint64_t wanted_in(const struct search *search,
	const struct gm_vector_segment *segment, size_t block)
{
	size_t at = block * GM_KERNEL_BLOCK;
	size_t left = (size_t)segment->header.n_rows - at;
	uint64_t all = left < GM_KERNEL_BLOCK ? (UINT64_C(1) << left) - 1 : UINT64_MAX;

	if (!search->rows)
		return all;
	return all &
		gm_bitmap_word(search->rows, segment->header.first_row + (int64_t)at);
}

static uint32_t row_at(const struct gm_vector_segment *segment, size_t offset)
{
	return (uint32_t)((size_t)segment->header.first_row + offset);
}

static void compare_block(
	struct search *search, const struct gm_vector_segment *segment, size_t block)
{
	uint64_t wanted = wanted_in(search, segment, block);

	for (; wanted; wanted &= wanted - 1) {
		size_t offset = block * GM_KERNEL_BLOCK + (size_t)__builtin_ctzll(wanted);
		if (gm_vector_scale(segment, offset) > 0)
			gm_vector_top_put(&search->best,
				gm_vector_cosine_rough(segment, offset,
					gm_vector_codes(segment, offset), search->query),
				row_at(segment, offset));
	}
}

static void compare_all(struct search *search)
{
	for (size_t i = 0; i < search->n; i++) {
		const struct gm_vector_segment *segment = search->items[i];
		for (size_t block = 0; segment && block < segment->layout.n_blocks;
			block++)
			compare_block(search, segment, block);
	}
}

/* The candidates of a block, by the estimates that its signs give. */
static void estimate_block(struct gm_vector_top *candidates, const struct search *search,
	const struct gm_vector_segment *segment, size_t block)
{
	uint64_t wanted = wanted_in(search, segment, block);
	struct gm_kernel_signs signs = search->query->signs;
	float estimates[GM_KERNEL_BLOCK];

	if (!wanted)
		return;
	signs.threshold = candidates->threshold;
	wanted &= search->query->kernels->estimate(
		estimates, gm_vector_block(segment, block), &signs);
	for (; wanted; wanted &= wanted - 1) {
		size_t i = (size_t)__builtin_ctzll(wanted);
		gm_vector_top_put(candidates, estimates[i],
			row_at(segment, block * GM_KERNEL_BLOCK + i));
	}
}

static void estimate_all(
	struct gm_vector_top *candidates, const struct search *search, size_t every)
{
	for (size_t i = 0; i < search->n; i++) {
		const struct gm_vector_segment *segment = search->items[i];
		for (size_t at = i % every; segment && at < segment->layout.n_blocks;
			at += every)
			estimate_block(candidates, search, segment, at);
	}
}

/*
 * The best candidates. What a sample of the blocks has shows how high to begin, so that few are
 * gathered that do not stay.
 */
static int find_candidates(
	struct gm_vector_top *out, const struct search *search, size_t keep)
{
	gm_autotop sample = {.items = NULL};

	int rc = gm_vector_top_init(&sample, keep * 3 / 2 / SAMPLE + 1);
	if (rc < 0)
		return rc;
	rc = gm_vector_top_init(out, keep);
	if (rc < 0)
		return rc;
	estimate_all(&sample, search, SAMPLE);
	gm_vector_top_cut(&sample);
	out->threshold = sample.threshold;
	estimate_all(out, search, 1);
	gm_vector_top_cut(out);
	return 0;
}

/* The segment of a row that is in one of them. */
static const struct gm_vector_segment *segment_of(
	const struct search *search, uint32_t row)
{
	for (size_t i = 0;; i++) {
		const struct gm_vector_segment *segment = search->items[i];
		if (segment &&
			row < segment->header.first_row + (int64_t)segment->header.n_rows)
			return segment;
	}
}

/* The worst score of the k best so far. */
static float kth_score(const struct search *search)
{
	if (search->best.n < search->k)
		return -INFINITY;
	return gm_vector_top_nth(&search->best, search->k - 1);
}

/*
 * Compare candidates, which are in row order, by their codes. Returns how many are better than
 * the worst of the k best before.
 */
static size_t compare_batch(
	struct search *search, const struct gm_vector_candidate *batch, size_t n)
{
	float before = kth_score(search);
	size_t better = 0;

	for (size_t i = 0; i < n; i++) {
		const struct gm_vector_segment *segment =
			segment_of(search, batch[i].row);
		size_t offset = batch[i].row - (size_t)segment->header.first_row;
		if (!(gm_vector_scale(segment, offset) > 0))
			continue;
		float score = gm_vector_cosine_rough(segment, offset,
			gm_vector_query_row(search->query, segment, offset),
			search->query);
		better += score > before;
		gm_vector_top_put(&search->best, score, batch[i].row);
	}
	return better;
}

/*
 * Batch after batch of the best candidates, until one of them brings next to nothing that is
 * better than the k best before, or the estimates that follow are so far below these that hardly
 * one of them can be better than it seems.
 */
static int compare_candidates(struct search *search)
{
	gm_autotop candidates = {.items = NULL};
	size_t size = BATCH + search->k;
	float margin = DEVIATIONS * 0.75f / sqrtf((float)search->query->dims);
	gm_autofree struct gm_vector_candidate *batch = gm_malloc(size * sizeof(*batch));
	size_t better;

	if (!batch)
		return GM_ENOMEM;
	int rc = find_candidates(&candidates, search, search->k + CANDIDATES);
	if (rc < 0)
		return rc;
	do {
		better = compare_batch(
			search, batch, gm_vector_top_take(batch, size, &candidates));
		if (candidates.n == 0)
			break;
		float next = gm_vector_top_nth(&candidates, 0) * search->query->step;
		if (next + margin < kth_score(search))
			break;
		size = BATCH;
	} while (better >= search->k / FEW_BETTER);
	return 0;
}

static int compare_hits(const void *a, const void *b)
{
	const struct gm_vector_hit *x = a;
	const struct gm_vector_hit *y = b;

	if (x->cosine != y->cosine)
		return x->cosine < y->cosine ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Put the best in order by all that is known of them. */
static int finish(struct gm_vector_hits *out, struct search *search)
{
	gm_vector_top_cut(&search->best);
	gm_autofree struct gm_vector_hit *hits =
		gm_malloc(search->best.n * sizeof(*hits));
	if (!hits)
		return GM_ENOMEM;
	for (size_t i = 0; i < search->best.n; i++) {
		uint32_t row = search->best.items[i].row;
		hits[i].row = row;
		hits[i].cosine =
			gm_vector_cosine(segment_of(search, row), row, search->query);
	}
	qsort(hits, search->best.n, sizeof(*hits), compare_hits);
	gm_free(out->items);
	out->n = search->best.n < search->k ? search->best.n : search->k;
	out->items = gm_steal(&hits);
	return 0;
}

/* The number of rows; GM_EINVALID when the segments do not fit the query or each other. */
static int count_rows(size_t *out, const struct search *search)
{
	int64_t next = 0;
	size_t n = 0;

	for (size_t i = 0; i < search->n; i++) {
		if (!search->items[i])
			continue;
		const struct gm_vector_header *header = &search->items[i]->header;
		if (header->dims != search->query->dims)
			return gm_error(GM_EINVALID,
				"the query has %zu dimensions, the vectors have %u",
				search->query->dims, (unsigned)header->dims);
		if (header->first_row < next)
			return gm_error(GM_EINVALID,
				"vectors are not in the order of their rows");
		next = header->first_row + (int64_t)header->n_rows;
		n += (size_t)header->n_rows;
	}
	*out = n;
	return 0;
}

int gm_vector_search(struct gm_vector_hits *out, struct gm_vector_segment *const *items,
	size_t n, const struct gm_vector_query *query, const struct gm_bitmap *rows,
	size_t k)
{
	struct search search = {.items = items, .n = n, .query = query, .rows = rows};
	size_t n_rows = 0;

	int rc = count_rows(&n_rows, &search);
	if (rc < 0)
		return rc;
	search.k = k < n_rows ? k : n_rows;
	if (search.k == 0) {
		gm_vector_hits_dispose(out);
		return 0;
	}
	rc = gm_vector_top_init(&search.best, search.k + SPARE);
	if (rc < 0)
		return rc;
	if (rows && gm_bitmap_count(rows) < n_rows)
		n_rows = gm_bitmap_count(rows);
	if (n_rows <= FEW_ROWS)
		compare_all(&search);
	else
		rc = compare_candidates(&search);
	if (rc == 0)
		rc = finish(out, &search);
	gm_vector_top_dispose(&search.best);
	return rc;
}

void gm_vector_hits_dispose(struct gm_vector_hits *hits)
{
	gm_free(hits->items);
	hits->items = NULL;
	hits->n = 0;
}
