/*
 * Posting segments: which terms are in which rows, how often and where, and the document of each
 * row. A segment covers the rows from gm_posting_segment_first() on, and within it rows are told
 * by their offset from that one. Segments are immutable, and used where they lie, in a file or
 * in memory; any number of threads may ask one.
 *
 * Files have the byte order of the machine. Their bytes may be any: no function leaves them,
 * and what could not have been written by a builder is GM_EMISMATCH, when it is met.
 */
#ifndef GM_INDEX_POSTING_SEGMENT_H
#define GM_INDEX_POSTING_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "index/bitmap.h"
#include "index/document.h"
#include "index/segment_sink.h"

struct gm_posting_segment;

/*
 * Open a file. GM_ENOTFOUND (without a message) when there is none, GM_EMISMATCH for what is no
 * posting segment of this version and byte order.
 */
int gm_posting_segment_open(struct gm_posting_segment **out, const char *path);

/* The same of bytes in memory, which are taken over when that is well. */
int gm_posting_segment_take(struct gm_posting_segment **out, struct gm_buf *bytes);

void gm_posting_segment_free(struct gm_posting_segment *segment);
GM_DEFINE_CLEANUP(struct gm_posting_segment, gm_posting_segment_free)

/* All the bytes, for checksums. */
const void *gm_posting_segment_bytes(
	size_t *size_out, const struct gm_posting_segment *segment);

int64_t gm_posting_segment_first(const struct gm_posting_segment *segment);
size_t gm_posting_segment_rows(const struct gm_posting_segment *segment);

struct gm_posting_totals {
	uint32_t documents; /* rows that are not empty */
	uint64_t length;    /* the sum of theirs */
	uint64_t names_length;
	uint32_t sessions;       /* different ones */
	uint64_t session_length; /* words of what is in one, names too */
};
void gm_posting_segment_totals(
	struct gm_posting_totals *out, const struct gm_posting_segment *segment);

/*
 * What scoring needs of every row that has a word: documents are five times as large, and most
 * of the time goes into waiting for them.
 */
struct gm_measure {
	uint32_t session;
	uint32_t length; /* words of the content and of the names */
};

/* One for each row; they say what the documents say. */
const struct gm_measure *gm_posting_segment_measures(
	const struct gm_posting_segment *segment);

/* One for each row. */
const struct gm_document *gm_posting_segment_documents(
	const struct gm_posting_segment *segment);

/*
 * The offsets of all rows by session, created, seq and offset, so that the neighbours of a
 * memory within its session stand beside it. Rows without a session are first. In a damaged
 * file an entry may be too large: compare it with the number of rows before using it.
 */
const uint32_t *gm_posting_segment_order(const struct gm_posting_segment *segment);

/* Where in the order the rows of a session begin, and how many there are: maybe none. */
size_t gm_posting_segment_session(
	size_t *n_out, const struct gm_posting_segment *segment, uint32_t session);

/* The rows that have a term, in steps of a block. A plain value: copy it to walk twice. */
struct gm_posting_list {
	uint32_t df; /* how many rows */
	/* Internal. */
	uint32_t left;
	uint32_t rows; /* of the segment */
	uint64_t next; /* the lowest offset that may follow */
	const uint8_t *at;
	const uint8_t *places; /* of the current block */
	size_t places_size;
	const uint8_t *end; /* of all */
	const uint8_t *rows_end;
	bool has_places;
};

#define GM_POSTING_BLOCK 128

struct gm_posting_block {
	size_t n;
	uint32_t rows[GM_POSTING_BLOCK]; /* offsets, ascending */
	uint32_t tf[GM_POSTING_BLOCK];   /* at least 1 */
};

/* 1 with the list of a term, 0 when no row has it. GM_EMISMATCH. */
int gm_posting_segment_find(struct gm_posting_list *out,
	const struct gm_posting_segment *segment, enum gm_field field, const char *text,
	size_t size);

/* A term and its list, lent for the call. Stops at what is not 0 and returns it. */
typedef int (*gm_posting_term_fn)(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload);

/* Every term of a field that begins with `prefix`, in the order of their bytes. GM_EMISMATCH. */
int gm_posting_segment_prefix(const struct gm_posting_segment *segment,
	enum gm_field field, const char *prefix, size_t size, gm_posting_term_fn fn,
	void *payload);

/* 1 with the next rows, 0 at the end of the list. GM_EMISMATCH. */
int gm_posting_list_next(struct gm_posting_block *out, struct gm_posting_list *list);

struct gm_places {
	uint32_t *items;
	size_t n;
	size_t cap;
};

#define GM_PLACES_INIT                          \
	{                                       \
		.items = NULL, .n = 0, .cap = 0 \
	}
#define gm_autoplaces gm_cleanup(gm_places_dispose) struct gm_places
void gm_places_dispose(struct gm_places *places);

/*
 * Replace `out` by the places of the rows of `block`, which gm_posting_list_next() has just read
 * from `list`: tf[0] ascending ones of the first row, then tf[1] of the second and so on. None
 * for fields without places. GM_ENOMEM, GM_EMISMATCH.
 */
int gm_posting_list_places(struct gm_places *out, const struct gm_posting_list *list,
	const struct gm_posting_block *block);

/*
 * A builder takes memories, row after row, and writes a segment. It is used up by that, and by
 * any error.
 */
struct gm_posting_builder;

int gm_posting_builder_new(struct gm_posting_builder **out, int64_t first_row);
void gm_posting_builder_free(struct gm_posting_builder *builder);
GM_DEFINE_CLEANUP(struct gm_posting_builder, gm_posting_builder_free)

/*
 * Add the next row, of what gm_analysed_make() wrote; an empty row when `size` is 0.
 * GM_EMISMATCH when the bytes are damaged.
 */
int gm_posting_builder_add(
	struct gm_posting_builder *builder, const void *data, size_t size);

/* How many rows there are. */
size_t gm_posting_builder_rows(const struct gm_posting_builder *builder);

/*
 * Write the segment and finish the sink. GM_EINVALID unless there is a row, GM_ETOOBIG when it
 * takes gigabytes.
 */
int gm_posting_builder_finish(
	struct gm_posting_builder *builder, struct gm_segment_sink *sink);

/*
 * Write one segment of the rows of several and finish the sink. The first row of each must be
 * the one behind the last of the segment before, else GM_EINVALID. Rows of `without` (which may
 * be NULL) become empty, nothing of them is left in the new one. GM_EMISMATCH when a segment is
 * damaged, GM_EINTERRUPTED. What is written depends only on what the rows hold, not on how they
 * were cut before.
 */
int gm_posting_segments_merge(struct gm_segment_sink *sink,
	struct gm_posting_segment *const *items, size_t n,
	const struct gm_bitmap *without);

#endif
