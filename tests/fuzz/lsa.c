/*
 * A learned embedding: learned from a posting segment of which bytes are changed, or one of which
 * bytes are changed, used on a good segment. Three bytes of the input say where, and what to; the
 * first one says which.
 */
#include <stdlib.h>
#include <string.h>

#include "index/bitmap.h"
#include "index/lsa_model.h"
#include "index/vector_segment.h"
#include "tests/fuzz/postings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 80

static int make_record(struct gm_record *out, unsigned row)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = gm_buf_printf(&text, "w%u q%u working", row % 30, row * 7 % 40);

	return rc < 0 ? rc : gm_record_set_content(out, gm_buf_str(&text), text.size);
}

static int learn(struct gm_buf *out, struct gm_posting_segment *segment)
{
	gm_autobitmap rows = GM_BITMAP_INIT;
	gm_autosink sink;
	int rc = 0;

	gm_segment_sink_to_memory(&sink);
	for (int64_t row = 0; row <= ROWS && rc == 0; row++)
		rc = gm_bitmap_set(&rows, row);
	if (rc == 0)
		rc = gm_lsa_train(&sink, &segment, 1, &rows, NULL);
	return rc < 0 ? rc : gm_buf_put(out, sink.bytes.ptr, sink.bytes.size);
}

static void use(const struct gm_lsa *lsa, const struct gm_posting_segment *segment)
{
	gm_cleanup(gm_vector_builder_free_p) struct gm_vector_builder *builder = NULL;
	const struct gm_lsa_term terms[] = {{"w1", 2, 1}, {"q7", 2, 1}};
	float query[GM_LSA_MAX_DIMS];

	if (gm_lsa_encode_query(query, lsa, terms, 2) == 1 && !(query[0] >= -1.01F))
		abort();
	if (gm_vector_builder_new(&builder, gm_lsa_model(lsa), gm_lsa_dims(lsa),
		    gm_posting_segment_first(segment),
		    gm_posting_segment_rows(segment)) == 0)
		(void)gm_lsa_encode(builder, lsa, segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *segment = NULL;
	gm_cleanup(gm_lsa_free_p) struct gm_lsa *lsa = NULL;
	gm_autobuf postings = GM_BUF_INIT(GM_BUF_LARGE);
	gm_autobuf model = GM_BUF_INIT(GM_BUF_LARGE);

	if (!size || fuzz_make_postings(&postings, ROWS, make_record) < 0)
		return 0;
	if (data[0] & 1)
		fuzz_change(&postings, data + 1, size - 1);
	if (gm_posting_segment_take(&segment, &postings) < 0 ||
		learn(&model, segment) < 0)
		return 0;
	if (!(data[0] & 1))
		fuzz_change(&model, data + 1, size - 1);
	if (gm_lsa_take(&lsa, &model) == 0)
		use(lsa, segment);
	return 0;
}
