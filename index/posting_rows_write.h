/*
 * Writing what a posting segment says of its rows themselves: documents, their order, sessions,
 * measures.
 */
#ifndef GM_INDEX_POSTING_ROWS_WRITE_H
#define GM_INDEX_POSTING_ROWS_WRITE_H

#include "index/posting_format.h"

/* Put a section; where it begins is noted in `at_out`. */
int gm_posting_section_put(
	struct gm_segment_sink *sink, uint64_t *at_out, const void *data, size_t size);

/* Put the sections of rows, and note in the trailer where they are and the totals. */
int gm_posting_rows_write(struct gm_segment_sink *sink,
	struct gm_posting_trailer *trailer, const struct gm_document *documents);

#endif
