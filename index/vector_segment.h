/*
 * Vector segments: immutable files (or memory) that hold the vectors of a range of rows, all made
 * by one model. What stands there is not the vector but a few bits of it:
 *
 *  - a code of 12 bits for each dimension, with one scale: 8 bits to search by, 4 more (up to 512
 *    dimensions) to tell the order of the nearest;
 *  - a code of 1 bit for each dimension, with one factor, to find candidates by.
 *
 * Vectors are made to have length 1 and turned before that: a fixed rotation spreads what they
 * say evenly over all dimensions, so that no dimension needs more bits than others. Lengths,
 * dot products and cosines do not notice. A row without a vector has scale 0.
 *
 * The bytes are the same however the rows came together: rows added at once, or segments merged,
 * on any level of kernels. A reader may be used by several threads.
 */
#ifndef GM_INDEX_VECTOR_SEGMENT_H
#define GM_INDEX_VECTOR_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "index/bitmap.h"

#define GM_VECTOR_MODEL_SIZE 32
#define GM_VECTOR_MAX_DIMS 4096

struct gm_segment_sink;
struct gm_vector_builder;
struct gm_vector_segment;

/* A segment of rows `first_row` to `first_row + n_rows - 1`, which have no vectors yet. */
int gm_vector_builder_new(struct gm_vector_builder **out,
	const uint8_t model[GM_VECTOR_MODEL_SIZE], size_t dims, int64_t first_row,
	size_t n_rows);
void gm_vector_builder_free(struct gm_vector_builder *builder);
GM_DEFINE_CLEANUP(struct gm_vector_builder, gm_vector_builder_free)

/*
 * Set the vector of a row, of any length: only its direction is kept. A vector of zeros, or with
 * a NaN or an infinity in it, is none: the row stays without, and false is returned.
 */
bool gm_vector_builder_set(
	struct gm_vector_builder *builder, size_t row_offset, const float *v);

/* Write the segment and finish the sink. */
int gm_vector_builder_finish(
	struct gm_vector_builder *builder, struct gm_segment_sink *sink);

/*
 * Write one segment of `n` (not 0) that follow each other in rows and are of one model, and
 * finish the sink. Rows in `without` (may be NULL) lose their vectors. GM_EINVALID when they do
 * not fit together.
 */
int gm_vector_segments_merge(struct gm_segment_sink *sink,
	struct gm_vector_segment *const *items, size_t n,
	const struct gm_bitmap *without);

/*
 * Map the file. GM_ENOTFOUND, without a message, when there is none; GM_EMISMATCH when it is
 * damaged or foreign. Only what the header says is checked: bytes behind it may be any, which
 * makes answers wrong but nothing else.
 */
int gm_vector_segment_open(struct gm_vector_segment **out, const char *path);

/* The same for bytes in memory, which are taken over. */
int gm_vector_segment_take(struct gm_vector_segment **out, struct gm_buf *bytes);
void gm_vector_segment_free(struct gm_vector_segment *segment);
GM_DEFINE_CLEANUP(struct gm_vector_segment, gm_vector_segment_free)

/* All the bytes, for checksums. */
const void *gm_vector_segment_bytes(
	size_t *size_out, const struct gm_vector_segment *segment);

const uint8_t *gm_vector_segment_model(const struct gm_vector_segment *segment);
size_t gm_vector_segment_dims(const struct gm_vector_segment *segment);
int64_t gm_vector_segment_first(const struct gm_vector_segment *segment);
size_t gm_vector_segment_rows(const struct gm_vector_segment *segment);

/* How many of the rows have a vector. */
size_t gm_vector_segment_count(const struct gm_vector_segment *segment);

/* False for a row outside of the segment, too. */
bool gm_vector_segment_has(const struct gm_vector_segment *segment, int64_t row);

#endif
