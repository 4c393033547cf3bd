/*
 * A posting segment: any bytes, or a good one of which bytes are changed, three of the input for
 * each: where, and what to. Whatever is asked of it stays inside of it.
 */
#include <stdlib.h>
#include <string.h>

#include "index/phrase.h"
#include "tests/fuzz/postings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 300

static int make_record(struct gm_record *out, unsigned row)
{
	gm_autobuf text = GM_BUF_INIT(GM_BUF_LARGE);
	int rc = 0;

	for (unsigned i = 0; i < row % 7 && rc == 0; i++)
		rc = gm_buf_printf(&text, "the w%u q%u ", row % 3, (row * 7 + i) % 40);
	if (rc == 0)
		rc = gm_record_set_content(out, gm_buf_str(&text), text.size);
	return rc < 0 ? rc : gm_record_set_text(&out->key, row % 5 ? "a/b" : NULL);
}

static int walk(
	const char *text, size_t size, const struct gm_posting_list *list, void *payload)
{
	const struct gm_posting_segment *segment = payload;
	struct gm_posting_list at = *list;
	struct gm_posting_block block;
	gm_autoplaces places = GM_PLACES_INIT;
	uint64_t next = 0;

	if (!size || !text)
		abort();
	while (gm_posting_list_next(&block, &at) == 1) {
		for (size_t i = 0; i < block.n; i++) {
			if (block.rows[i] < next || !block.tf[i] ||
				block.rows[i] >= gm_posting_segment_rows(segment))
				abort();
			next = (uint64_t)block.rows[i] + 1;
		}
		(void)gm_posting_list_places(&places, &at, &block);
	}
	return 0;
}

static void look(const struct gm_posting_segment *segment)
{
	size_t rows = gm_posting_segment_rows(segment);
	const struct gm_document *documents = gm_posting_segment_documents(segment);
	const uint32_t *order = gm_posting_segment_order(segment);
	size_t n;

	for (uint32_t i = 0; i < rows; i++) {
		size_t first =
			gm_posting_segment_session(&n, segment, documents[i].session);
		if (first > rows || n > rows - first)
			abort();
		(void)order[i];
	}
}

static void ask(struct gm_posting_segment *segment)
{
	static const char fields[] = "acknt";
	struct gm_query_word words[3] = {
		{.n = 1, .sizes = {3}, .terms = {"the"}},
		{.n = 2, .sizes = {2, 2}, .terms = {"w1", "w2"}},
		{.n = 1, .sizes = {1}, .terms = {"q"}, .prefix = true},
	};
	gm_autobitmap rows = GM_BITMAP_INIT;
	struct gm_posting_list list;
	gm_autosink sink;

	for (const char *field = fields; *field; field++) {
		(void)gm_posting_segment_prefix(
			segment, (enum gm_field) * field, "", 0, walk, segment);
		if (gm_posting_segment_find(
			    &list, segment, (enum gm_field) * field, "w1", 2) == 1)
			(void)walk("w1", 2, &list, segment);
	}
	(void)gm_phrase_find(&rows, segment, words, 3);
	gm_segment_sink_to_memory(&sink);
	(void)gm_posting_segments_merge(&sink, &segment, 1, NULL);
	gm_segment_sink_dispose(&sink);
	gm_segment_sink_to_memory(&sink);
	(void)gm_posting_segments_merge(&sink, &segment, 1, &rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gm_buf good = GM_BUF_INIT(GM_BUF_LARGE);
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *segment = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);

	if (!good.size && fuzz_make_postings(&good, ROWS, make_record) < 0)
		abort();
	if (size && data[0] & 1) {
		if (gm_buf_put(&bytes, data + 1, size - 1) < 0)
			return 0;
	} else {
		if (gm_buf_put(&bytes, good.ptr, good.size) < 0)
			return 0;
		fuzz_change(&bytes, data + (size > 0), size - (size > 0));
	}
	if (gm_posting_segment_take(&segment, &bytes) == 0) {
		look(segment);
		ask(segment);
	}
	return 0;
}
