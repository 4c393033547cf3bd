/*
 * The postings of a word of a question, which several terms may mean (its stems in several
 * languages, the beginnings of words) and which may stand in contents and in names: all of their
 * lists, merged row by row.
 */
#ifndef GM_INDEX_WORD_POSTINGS_H
#define GM_INDEX_WORD_POSTINGS_H

#include "index/analyser.h"
#include "index/posting_segment.h"
#include "index/segments.h"

struct gm_word_cursor;

struct gm_word_postings {
	/*
	 * How many rows have the word: of its most frequent term, as terms that mean the same are
	 * mostly in the same rows; and all rows of all words that a prefix begins.
	 */
	uint64_t df;
	/* Internal. */
	struct gm_word_cursor *cursors; /* in the order of segments */
	size_t n;
	size_t cap;
	size_t from; /* those of the segment that was entered */
	size_t to;
};

#define GM_WORD_POSTINGS_INIT \
	{                     \
		.df = 0,      \
	}
#define gm_autowordpostings gm_cleanup(gm_word_postings_dispose) struct gm_word_postings
void gm_word_postings_dispose(struct gm_word_postings *postings);

/* Find the lists in all segments. `out` must be empty. GM_ENOMEM, GM_EMISMATCH. */
int gm_word_postings_find(struct gm_word_postings *out,
	const struct gm_segments *segments, const struct gm_query_word *word);

/* Begin with the rows of a segment. Each is entered once at most, in their order. */
void gm_word_postings_enter(struct gm_word_postings *postings, size_t segment);

struct gm_word_block {
	size_t n;
	uint32_t rows[GM_POSTING_BLOCK]; /* offsets in the segment, ascending */
	uint32_t in_content
		[GM_POSTING_BLOCK]; /* how often: of the term that is there most */
	uint32_t in_names[GM_POSTING_BLOCK];
};

/* 1 with the next rows of the segment, 0 at its end. GM_EMISMATCH. */
int gm_word_postings_next(struct gm_word_block *out, struct gm_word_postings *postings);

#endif
