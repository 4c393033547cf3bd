/*
 * Phrases: the rows in which words stand one after the other, in the content or in one of the
 * names. Each word may be any of several terms (analyser.h), or the beginning of others.
 */
#ifndef GM_INDEX_PHRASE_H
#define GM_INDEX_PHRASE_H

#include <stddef.h>

#include "index/analyser.h"
#include "index/bitmap.h"
#include "index/posting_segment.h"

/*
 * Add to `out` the rows of a segment that have `n` words at neighbouring places; for one word,
 * all that have it. GM_ENOMEM, GM_EMISMATCH when the segment is damaged.
 */
int gm_phrase_find(struct gm_bitmap *out, const struct gm_posting_segment *segment,
	const struct gm_query_word *words, size_t n);

#endif
