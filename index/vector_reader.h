/*
 * Reading rows of vector segments for one question. A process that asks but once pays more for
 * mapping the pages of rows, which lie far from each other, than for having the rows copied.
 */
#ifndef GM_INDEX_VECTOR_READER_H
#define GM_INDEX_VECTOR_READER_H

#include "index/vector_internal.h"

struct gm_vector_reader;

/* For segments of so many dimensions. GM_ENOMEM. */
int gm_vector_reader_new(struct gm_vector_reader **out, size_t dims);
void gm_vector_reader_free(struct gm_vector_reader *reader);
GM_DEFINE_CLEANUP(struct gm_vector_reader, gm_vector_reader_free)

/*
 * The codes of a row and, behind them, its halves: lent until the next call. They are those that
 * are mapped when they cannot be read, or when the segment is in memory or small.
 */
const int8_t *gm_vector_reader_row(struct gm_vector_reader *reader,
	const struct gm_vector_segment *segment, size_t offset);

/* The same when rows near to it are soon asked for: they are read along with it. */
const int8_t *gm_vector_reader_near(struct gm_vector_reader *reader,
	const struct gm_vector_segment *segment, size_t offset);

#endif
