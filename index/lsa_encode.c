#include <string.h>

#include "base/two_threads.h"
#include "index/lsa_model.h"
#include "index/term_rows.h"
#include "index/vector_segment.h"

/* Rows whose terms are in memory at once. */
#define BATCH 8192

/* So many are worth a thread. */
#define MANY_ROWS 1024

struct encoding {
	struct gm_vector_builder *builder;
	const struct gm_lsa *lsa;
	const struct gm_posting_segment *segment;
	struct gm_term_lists lists;
	uint32_t *numbers; /* of the rows of the segment, in the batch that they are in */
};

static int number_of(
	uint32_t *out, const char *text, size_t size, uint32_t df, void *payload)
{
	const struct encoding *encoding = payload;

	(void)df;
	*out = gm_lsa_find(encoding->lsa, text, size);
	return *out != GM_LSA_UNKNOWN;
}

/* What one thread makes vectors of. */
struct part {
	const struct encoding *encoding;
	const struct gm_term_rows *rows;
	size_t first; /* offset in the segment of the first of all rows */
	size_t from;
	size_t to;
};

static void set_part(void *payload)
{
	const struct part *part = payload;
	const struct encoding *encoding = part->encoding;
	const struct gm_term_rows *rows = part->rows;
	float sum[GM_LSA_MAX_DIMS];

	for (size_t row = part->from; row < part->to; row++) {
		memset(sum, 0, sizeof(sum));
		for (size_t i = rows->starts[row]; i < rows->starts[row + 1]; i++)
			gm_lsa_add(sum, encoding->lsa, rows->terms[i], rows->weights[i]);
		(void)gm_vector_builder_set(encoding->builder, part->first + row, sum);
	}
}

static void set_vectors(
	const struct encoding *encoding, const struct gm_term_rows *rows, size_t first)
{
	size_t middle = rows->n < MANY_ROWS ? rows->n : rows->n / 2;
	struct part parts[] = {{encoding, rows, first, 0, middle},
		{encoding, rows, first, middle, rows->n}};

	if (middle == rows->n)
		set_part(&parts[0]);
	else
		gm_run_on_two_threads(set_part, &parts[0], &parts[1]);
}

static int encode_batch(struct encoding *encoding, size_t first, size_t n)
{
	gm_autotermcounts counts = GM_TERM_COUNTS_INIT;
	gm_autotermrows rows = GM_TERM_ROWS_INIT;

	for (size_t i = 0; i < n; i++)
		encoding->numbers[first + i] = (uint32_t)i;
	int rc = gm_term_lists_read(&counts, &encoding->lists, encoding->segment,
		first + n, encoding->numbers);
	for (size_t i = 0; i < n; i++)
		encoding->numbers[first + i] = GM_TERM_NO_ROW;
	if (rc == 0)
		rc = gm_term_rows_make(&rows, &counts, n, encoding->lsa->n_terms);
	if (rc == 0)
		set_vectors(encoding, &rows, first);
	return rc;
}

int gm_lsa_encode(struct gm_vector_builder *builder, const struct gm_lsa *lsa,
	const struct gm_posting_segment *segment)
{
	size_t n = gm_posting_segment_rows(segment);
	gm_autofree uint32_t *numbers = gm_malloc(n * sizeof(*numbers));
	struct encoding encoding = {builder, lsa, segment, GM_TERM_LISTS_INIT, numbers};

	if (!numbers)
		return GM_ENOMEM;
	memset(numbers, 0xff, n * sizeof(*numbers));
	int rc = gm_term_lists_make(&encoding.lists, segment, number_of, &encoding);
	for (size_t first = 0; first < n && rc == 0; first += BATCH)
		rc = encode_batch(
			&encoding, first, n - first < BATCH ? n - first : BATCH);
	gm_term_lists_dispose(&encoding.lists);
	return rc;
}
