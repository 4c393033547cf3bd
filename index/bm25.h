/*
 * BM25 (Robertson et al. 1994): how well the words of each memory, and those of each session as
 * one text, match those of a question. Postings of every word are read to their end, so that the
 * scores of a memory's neighbours are there too.
 *
 * Frequencies of words are the index's; rows outside of the view have no score. Names (key and
 * tags) count double. Short texts are taken to have GM_BM25_MIN_LENGTH words: without that a turn
 * of a talk and a document cannot be ranked by the same constants.
 */
#ifndef GM_INDEX_BM25_H
#define GM_INDEX_BM25_H

#include "index/bitmap.h"
#include "index/ordinals.h"
#include "index/question.h"

#define GM_BM25_MIN_LENGTH 60

struct gm_bm25 {
	float *scores; /* by ordinal */
	uint64_t *
		words; /* by ordinal: a bit for each word of the question that is there */
	uint64_t *named; /* the same of key and tags */
	float idf[GM_QUESTION_MAX_WORDS];
	float total_idf; /* the sum over words, at least 1 */
	float mass;      /* about the best score there can be */
	/* Internal: how often each word is in each session, by label. */
	uint16_t *in_session;
	uint32_t n_labels;
	size_t n_words;
	uint32_t n_sessions[GM_QUESTION_MAX_WORDS]; /* that have a word */
	float session_idf[GM_QUESTION_MAX_WORDS];
	float session_length; /* mean */
};

#define GM_BM25_INIT            \
	{                       \
		.scores = NULL, \
	}
#define gm_autobm25 gm_cleanup(gm_bm25_dispose) struct gm_bm25
void gm_bm25_dispose(struct gm_bm25 *scores);

/*
 * Score the rows of `view` by the words of `question`, of which the set `names` counts less
 * (agent_words.h). Labels from `n_labels` on are those of no session. `out` must be empty.
 * GM_ENOMEM, GM_EMISMATCH.
 */
int gm_bm25_make(struct gm_bm25 *out, const struct gm_ordinals *ordinals,
	const struct gm_bitmap *view, const struct gm_question *question, uint64_t names,
	uint32_t n_labels);

/* The score of a session of `length` words as one text. */
float gm_bm25_session(const struct gm_bm25 *scores, uint32_t label, uint64_t length);

/* The idf of a set of words together. */
float gm_bm25_idf(const struct gm_bm25 *scores, uint64_t words);

#endif
