/*
 * Memories as rows of terms: a sparse matrix, row after row. It is what postings are when they
 * are turned round.
 */
#ifndef GM_INDEX_TERM_ROWS_H
#define GM_INDEX_TERM_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "index/posting_segment.h"

struct gm_term_rows {
	size_t n;
	size_t *starts;  /* n + 1: where the terms of each row begin */
	uint32_t *terms; /* ascending within a row */
	float *weights;
	size_t n_terms; /* terms are less than that */
};

#define GM_TERM_ROWS_INIT                                                            \
	{                                                                            \
		.n = 0, .starts = NULL, .terms = NULL, .weights = NULL, .n_terms = 0 \
	}
#define gm_autotermrows gm_cleanup(gm_term_rows_dispose) struct gm_term_rows
void gm_term_rows_dispose(struct gm_term_rows *rows);

/* The rows that have a term of a segment, and how far they were read. */
struct gm_term_list {
	uint32_t term;
	unsigned stops; /* languages in which it is a stop word */
	struct gm_posting_list list;
};

/* Those of the terms that matter, of content and names, by term. */
struct gm_term_lists {
	struct gm_term_list *items;
	size_t n;
	size_t cap;
};

#define GM_TERM_LISTS_INIT                      \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autotermlists gm_cleanup(gm_term_lists_dispose) struct gm_term_lists
void gm_term_lists_dispose(struct gm_term_lists *lists);

/* 1 with the number of a term that `df` rows have, 0 to leave it out, or an error. */
typedef int (*gm_term_number_fn)(
	uint32_t *out, const char *text, size_t size, uint32_t df, void *payload);

/* Find the terms of a segment; `out` must be empty. GM_EMISMATCH, GM_ENOMEM, or as `number`. */
int gm_term_lists_make(struct gm_term_lists *out,
	const struct gm_posting_segment *segment, gm_term_number_fn number,
	void *payload);

/* How often a term is in a row. */
struct gm_term_count {
	uint32_t row;
	uint32_t term;
	uint32_t tf;
};

struct gm_term_counts {
	struct gm_term_count *items;
	size_t n;
	size_t cap;
};

#define GM_TERM_COUNTS_INIT                     \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autotermcounts gm_cleanup(gm_term_counts_dispose) struct gm_term_counts
void gm_term_counts_dispose(struct gm_term_counts *counts);

#define GM_TERM_NO_ROW UINT32_MAX

/*
 * Append what the rows of the segment before the offset `end` have, and leave the lists behind
 * them. A row's number is that of `numbers` at its offset; those of GM_TERM_NO_ROW are passed
 * over, as rows before the last `end` must be, of which some are met again. Stop words of the
 * language of a memory are left out.
 */
int gm_term_lists_read(struct gm_term_counts *out, struct gm_term_lists *lists,
	const struct gm_posting_segment *segment, size_t end, const uint32_t *numbers);

/*
 * Turn counts, by term within each row, into `n` rows with the weight 1 + ln tf, replacing
 * `out`. A term that a row has twice counts once, with both. GM_ENOMEM.
 */
int gm_term_rows_make(struct gm_term_rows *out, const struct gm_term_counts *counts,
	size_t n, size_t n_terms);

#endif
