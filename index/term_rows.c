#include "index/term_rows.h"

#include <stdlib.h>

#include "index/language.h"
#include "index/ln.h"
#include "index/stop_words.h"

void gm_term_rows_dispose(struct gm_term_rows *rows)
{
	gm_free(rows->starts);
	gm_free(rows->terms);
	gm_free(rows->weights);
	*rows = (struct gm_term_rows)GM_TERM_ROWS_INIT;
}

void gm_term_lists_dispose(struct gm_term_lists *lists)
{
	gm_free(lists->items);
	*lists = (struct gm_term_lists)GM_TERM_LISTS_INIT;
}

void gm_term_counts_dispose(struct gm_term_counts *counts)
{
	gm_free(counts->items);
	*counts = (struct gm_term_counts)GM_TERM_COUNTS_INIT;
}

struct search {
	struct gm_term_lists *lists;
	gm_term_number_fn number;
	void *payload;
};

static int add_list(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	struct search *search = payload;
	struct gm_term_lists *lists = search->lists;
	struct gm_term_list item = {.list = *list};
	int rc = gm_is_stop_pair(text, size)
		? 0
		: search->number(&item.term, text, size, list->df, search->payload);

	if (rc <= 0)
		return rc;
	item.stops = gm_stop_word_languages(text, size);
	rc = gm_grow(&lists->items, &lists->cap, lists->n + 1, sizeof(item));
	if (rc == 0)
		lists->items[lists->n++] = item;
	return rc;
}

static int by_term(const void *a, const void *b)
{
	const struct gm_term_list *x = a;
	const struct gm_term_list *y = b;

	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	return 0;
}

int gm_term_lists_make(struct gm_term_lists *out,
	const struct gm_posting_segment *segment, gm_term_number_fn number, void *payload)
{
	gm_autotermlists lists = GM_TERM_LISTS_INIT;
	struct search search = {&lists, number, payload};
	int rc = gm_posting_segment_prefix(
		segment, GM_FIELD_CONTENT, "", 0, add_list, &search);

	if (rc == 0)
		rc = gm_posting_segment_prefix(
			segment, GM_FIELD_NAMES, "", 0, add_list, &search);
	if (rc < 0)
		return rc;
	if (lists.n)
		qsort(lists.items, lists.n, sizeof(*lists.items), by_term);
	*out = lists;
	lists = (struct gm_term_lists)GM_TERM_LISTS_INIT;
	return 0;
}

/* A text whose language does not show is read as English. */
static unsigned language_bit(const struct gm_document *document)
{
	unsigned language = document->language;

	if (language == GM_LANGUAGE_NONE || language >= GM_LANGUAGES)
		language = GM_LANGUAGE_EN;
	return 1U << language;
}

struct reading {
	struct gm_term_counts *counts;
	const struct gm_document *documents;
	const uint32_t *numbers;
	size_t end;
};

static int add_counts(struct reading *reading, const struct gm_posting_block *block,
	const struct gm_term_list *from)
{
	struct gm_term_counts *counts = reading->counts;
	int rc = gm_grow(&counts->items, &counts->cap, counts->n + block->n,
		sizeof(*counts->items));

	for (size_t i = 0; rc == 0 && i < block->n && block->rows[i] < reading->end;
		i++) {
		uint32_t number = reading->numbers[block->rows[i]];

		if (number == GM_TERM_NO_ROW ||
			(from->stops &&
				from->stops &
					language_bit(
						&reading->documents[block->rows[i]])))
			continue;
		counts->items[counts->n++] =
			(struct gm_term_count){number, from->term, block->tf[i]};
	}
	return rc;
}

/* A block that goes on behind the end is read again next time. */
static int read_list(struct reading *reading, struct gm_term_list *from)
{
	for (;;) {
		struct gm_posting_block block;
		struct gm_posting_list before = from->list;
		int rc = gm_posting_list_next(&block, &from->list);

		if (rc <= 0)
			return rc;
		rc = add_counts(reading, &block, from);
		if (rc < 0)
			return rc;
		if (block.n && block.rows[block.n - 1] >= reading->end) {
			from->list = before;
			return 0;
		}
	}
}

int gm_term_lists_read(struct gm_term_counts *out, struct gm_term_lists *lists,
	const struct gm_posting_segment *segment, size_t end, const uint32_t *numbers)
{
	struct reading reading = {
		out, gm_posting_segment_documents(segment), numbers, end};
	int rc = 0;

	for (size_t i = 0; i < lists->n && rc == 0; i++)
		rc = read_list(&reading, &lists->items[i]);
	return rc;
}

/* Where each row's terms begin, were no term there twice. */
static void find_starts(size_t *starts, const struct gm_term_counts *counts, size_t n)
{
	for (size_t i = 0; i < counts->n; i++)
		starts[counts->items[i].row + 1]++;
	for (size_t i = 0; i < n; i++)
		starts[i + 1] += starts[i];
}

static void put_counts(
	struct gm_term_rows *rows, size_t *ends, const struct gm_term_counts *counts)
{
	for (size_t i = 0; i < counts->n; i++) {
		const struct gm_term_count *count = &counts->items[i];
		size_t at = ends[count->row]++;

		rows->terms[at] = count->term;
		rows->weights[at] = (float)count->tf;
	}
}

/* Join what belongs together, and close the gaps. */
static void join(struct gm_term_rows *rows)
{
	size_t to = 0;

	for (size_t row = 0; row < rows->n; row++) {
		size_t start = to;

		for (size_t i = rows->starts[row]; i < rows->starts[row + 1]; i++) {
			if (to > start && rows->terms[to - 1] == rows->terms[i]) {
				rows->weights[to - 1] += rows->weights[i];
				continue;
			}
			rows->terms[to] = rows->terms[i];
			rows->weights[to++] = rows->weights[i];
		}
		rows->starts[row] = start;
	}
	rows->starts[rows->n] = to;
}

int gm_term_rows_make(struct gm_term_rows *out, const struct gm_term_counts *counts,
	size_t n, size_t n_terms)
{
	gm_autotermrows rows = GM_TERM_ROWS_INIT;
	gm_autofree size_t *ends = gm_calloc(n + 1, sizeof(*ends));

	rows.n = n;
	rows.n_terms = n_terms;
	rows.starts = gm_calloc(n + 1, sizeof(*rows.starts));
	rows.terms = gm_calloc(counts->n, sizeof(*rows.terms));
	rows.weights = gm_calloc(counts->n, sizeof(*rows.weights));
	if (!ends || !rows.starts || !rows.terms || !rows.weights)
		return GM_ENOMEM;
	find_starts(rows.starts, counts, n);
	for (size_t i = 0; i < n; i++)
		ends[i] = rows.starts[i];
	put_counts(&rows, ends, counts);
	join(&rows);
	for (size_t i = 0; i < rows.starts[n]; i++)
		rows.weights[i] = (float)(1 + gm_ln(rows.weights[i]));
	gm_term_rows_dispose(out);
	*out = rows;
	rows = (struct gm_term_rows)GM_TERM_ROWS_INIT;
	return 0;
}
