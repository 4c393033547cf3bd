/*
 * Writing a posting segment: terms in the order of their bytes, for each its rows in ascending
 * order; then the documents. What comes out is the same however postings are cut into calls.
 */
#ifndef GM_INDEX_POSTING_WRITER_H
#define GM_INDEX_POSTING_WRITER_H

#include "index/posting_format.h"

struct gm_posting_writer {
	struct gm_segment_sink *sink;
	/* The term that is written. */
	struct gm_buf term;
	struct gm_buf postings;
	struct gm_buf places; /* of all its blocks, and of the open one */
	size_t open_places;   /* where those of the open one begin */
	struct gm_posting_block open;
	uint64_t next; /* the lowest row that may follow its blocks */
	uint32_t df;
	/* The terms before. */
	struct gm_buf last;
	struct gm_buf dictionary;
	uint64_t *keys;
	size_t keys_cap;
	uint32_t *offsets;
	size_t offsets_cap;
	size_t n_terms;
};

/* `out` is to be disposed of even when this fails. The sink must be empty. */
int gm_posting_writer_init(struct gm_posting_writer *out, struct gm_segment_sink *sink);
void gm_posting_writer_dispose(struct gm_posting_writer *writer);
#define gm_autowriter gm_cleanup(gm_posting_writer_dispose) struct gm_posting_writer

/* Begin a term, with the byte of its field. */
int gm_posting_writer_begin(
	struct gm_posting_writer *writer, const char *term, size_t size);

/*
 * Add `n` rows, from 1 to GM_POSTING_BLOCK, with their frequencies; `places` as a segment has
 * them, NULL for fields without.
 */
int gm_posting_writer_put(struct gm_posting_writer *writer, const uint32_t *rows,
	const uint32_t *tf, size_t n, const uint8_t *places, size_t places_size);

/* End the term. One without rows leaves no trace. */
int gm_posting_writer_end(struct gm_posting_writer *writer);

/* Write the rest and finish the sink. */
int gm_posting_writer_finish(struct gm_posting_writer *writer, int64_t first,
	const struct gm_document *documents, size_t n);

#endif
