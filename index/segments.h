/*
 * What a question is answered from, as of one read transaction: the segments that the manifest
 * names, in the order of their rows, and behind them one made in memory of the rows that wait
 * to be sealed. Every row that the transaction sees is in exactly one of them.
 */
#ifndef GM_INDEX_SEGMENTS_H
#define GM_INDEX_SEGMENTS_H

#include "index/index.h"

struct gm_document;
struct gm_lsa;
struct gm_posting_segment;
struct gm_vector_segment;

struct gm_segments {
	struct gm_posting_segment **postings;
	/*
	 * Beside each its vectors; NULL where there are none, or only those of another model than
	 * the learnt one or that of gm_segments_use_model().
	 */
	struct gm_vector_segment **vectors;
	size_t n;
	const uint8_t *model; /* whose vectors these are; NULL: no one's */
	struct gm_lsa *lsa;   /* NULL: nothing was learnt yet, or another model is used */
	size_t n_without_vectors; /* memories whose vectors are still to be made */
	uint64_t total_length;    /* words of all contents */
	size_t n_documents;       /* memories, of whatever view */
};

/*
 * The segments, inside of gm_index_query(). Lent until it ends; the next question gets the same
 * ones, without work, while nothing was added. GM_EMODIFIED when a file went away because another
 * process merged it meanwhile: pass it on, gm_index_query() then asks anew.
 */
int gm_segments_get(const struct gm_segments **out, struct gm_index *index);

/* Use the vectors of this model (GM_VECTOR_MODEL_SIZE bytes); NULL: of the learnt one. */
void gm_segments_use_model(struct gm_index *index, const uint8_t *model);

/* Which of them holds a row; their number when there is no such row. */
size_t gm_segments_by_row(const struct gm_segments *segments, int64_t row);

/* The document of a row, NULL when there is no such row. */
const struct gm_document *gm_segments_document(
	const struct gm_segments *segments, int64_t row);

#endif
