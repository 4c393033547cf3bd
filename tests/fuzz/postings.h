/*
 * What the targets that read posting segments share: a good segment, and the changes that the
 * input makes to good bytes.
 */
#ifndef GM_TESTS_FUZZ_POSTINGS_H
#define GM_TESTS_FUZZ_POSTINGS_H

#include "index/analysed.h"
#include "index/posting_segment.h"

/* What memory number `row` says; its session is `row` / 20. */
typedef int (*fuzz_record_fn)(struct gm_record *out, unsigned row);

static inline int fuzz_add_row(struct gm_posting_builder *builder,
	struct gm_stemmer *stemmer, unsigned row, fuzz_record_fn make)
{
	gm_autorecord record = GM_RECORD_INIT;
	gm_autobuf analysed = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = make(&record, row);

	if (rc == 0)
		rc = gm_analysed_make(&analysed, &record, row / 20, 1, stemmer);
	return rc < 0 ? rc : gm_posting_builder_add(builder, analysed.ptr, analysed.size);
}

/* Append the segment of `rows` memories. */
static inline int fuzz_make_postings(
	struct gm_buf *out, unsigned rows, fuzz_record_fn make)
{
	gm_cleanup(gm_stemmer_free_p) struct gm_stemmer *stemmer = NULL;
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	gm_autosink sink;
	int rc = gm_stemmer_new(&stemmer);

	gm_segment_sink_to_memory(&sink);
	if (rc == 0)
		rc = gm_posting_builder_new(&builder, 1);
	for (unsigned i = 0; i < rows && rc == 0; i++)
		rc = fuzz_add_row(builder, stemmer, i, make);
	if (rc == 0)
		rc = gm_posting_builder_finish(builder, &sink);
	return rc < 0 ? rc : gm_buf_put(out, sink.bytes.ptr, sink.bytes.size);
}

/*
 * Change a byte for each three of the input: where, and what to. The trailer is what most
 * depends on, so that it is changed as often as all the rest.
 */
static inline void fuzz_change(struct gm_buf *bytes, const uint8_t *data, size_t size)
{
	for (; size >= 3; data += 3, size -= 3) {
		size_t at = data[0] | (size_t)data[1] << 8;
		at = at & 0x8000 ? bytes->size - 1 - (at & 0xff) : at % bytes->size;
		bytes->ptr[at] = (char)data[2];
	}
}

#endif
