/*
 * Memories in posting segments in memory, for tests of what ranks them. Everything here fails
 * the running test.
 */
#ifndef GM_TESTS_UNIT_INDEX_SHELF_H
#define GM_TESTS_UNIT_INDEX_SHELF_H

#include "tests/unit/support.h"

#include <string.h>

#include "index/analysed.h"
#include "index/bm25.h"
#include "index/ordinals.h"
#include "index/posting_segment.h"
#include "index/question.h"

#define SHELF_SEGMENTS 8

struct shelf {
	struct gm_stemmer *stemmer;
	struct gm_posting_builder *builder;
	struct gm_posting_segment *postings[SHELF_SEGMENTS];
	struct gm_vector_segment *vectors[SHELF_SEGMENTS];
	struct gm_segments segments;
	struct gm_ordinals ordinals;
	struct gm_bitmap view; /* all rows */
	int64_t next_row;
};

struct shelf_memory {
	const char *text;
	const char *key;
	uint32_t session;
	gm_time created;
};

static inline void shelf_open(struct shelf *out)
{
	memset(out, 0, sizeof(*out));
	must(gm_stemmer_new(&out->stemmer));
	out->segments.postings = out->postings;
	out->segments.vectors = out->vectors;
	out->next_row = 1;
}

static inline void shelf_put(struct shelf *shelf, const struct shelf_memory *memory)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);

	must(gm_record_set_content(&record, memory->text, strlen(memory->text)));
	if (memory->key)
		must(gm_record_set_text(&record.key, memory->key));
	record.created = memory->created;
	must(gm_analysed_make(&analysed, &record, memory->session, 0, shelf->stemmer));
	if (!shelf->builder)
		must(gm_posting_builder_new(&shelf->builder, shelf->next_row));
	must(gm_posting_builder_add(shelf->builder, analysed.ptr, analysed.size));
	must(gm_bitmap_set(&shelf->view, shelf->next_row++));
}

/* What was put so far becomes a segment. */
static inline void shelf_seal(struct shelf *shelf)
{
	struct gm_segments *segments = &shelf->segments;
	struct gm_posting_totals totals;
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	must(gm_posting_builder_finish(shelf->builder, &sink));
	gm_posting_builder_free(gm_steal(&shelf->builder));
	assert_true(segments->n < SHELF_SEGMENTS);
	must(gm_posting_segment_take(&shelf->postings[segments->n], &sink.bytes));
	gm_posting_segment_totals(&totals, shelf->postings[segments->n]);
	segments->total_length += totals.length;
	segments->n_documents += totals.documents;
	segments->n++;
	gm_ordinals_dispose(&shelf->ordinals);
	must(gm_ordinals_make(&shelf->ordinals, segments));
}

/* A segment for each of `n_segments` equal parts. */
static inline void shelf_fill(struct shelf *shelf, const struct shelf_memory *memories,
	size_t n, size_t n_segments)
{
	for (size_t i = 0; i < n; i++) {
		shelf_put(shelf, &memories[i]);
		if ((i + 1) * n_segments / n != i * n_segments / n)
			shelf_seal(shelf);
	}
	assert_int_equal(shelf->segments.n, n_segments);
}

static inline void shelf_close(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->segments.n; i++)
		gm_posting_segment_free(shelf->postings[i]);
	gm_ordinals_dispose(&shelf->ordinals);
	gm_bitmap_dispose(&shelf->view);
	gm_stemmer_free(shelf->stemmer);
}

static inline void shelf_score(
	struct gm_bm25 *out, struct shelf *shelf, const char *query, uint32_t n_labels)
{
	gm_autoquestion question = GM_QUESTION_INIT;

	must(gm_question_parse(&question, shelf->stemmer, 0, query));
	must(gm_bm25_make(out, &shelf->ordinals, &shelf->view, &question, 0, n_labels));
}

#endif
