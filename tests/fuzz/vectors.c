/* Vector segments of any bytes: they can be searched and merged, and nothing leaves them. */
#include <stdint.h>
#include <stdlib.h>

#include "index/segment_sink.h"
#include "index/vector_internal.h"
#include "index/vector_query.h"

/* All that can be asked of a segment, whatever its bytes are. */
static void ask(struct gm_vector_segment *segment, const struct gm_vector_query *query)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	gm_autobitmap rows = GM_BITMAP_INIT;
	int64_t first = gm_vector_segment_first(segment);
	size_t n = gm_vector_segment_rows(segment);
	float sum[GM_VECTOR_MAX_DIMS] = {0};

	(void)gm_vector_search(&hits, &segment, 1, query, NULL, 20);
	(void)gm_bitmap_set(&rows, first + (int64_t)n / 2);
	(void)gm_vector_search(&hits, &segment, 1, query, &rows, 20);
	for (size_t i = 0; i < n; i++)
		(void)gm_vector_cosine(segment, first + (int64_t)i, query);
	gm_vector_add(segment, first + (int64_t)n - 1, 1, sum, query);
	(void)gm_vector_query_cosine(query, sum);
}

/* What is dropped or kept of such a segment makes one that can be read. */
static void merge(struct gm_vector_segment *segment)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *merged = NULL;
	gm_autobitmap without = GM_BITMAP_INIT;
	gm_autosink sink;

	(void)gm_bitmap_set(&without, gm_vector_segment_first(segment));
	gm_segment_sink_to_memory(&sink);
	if (gm_vector_segments_merge(&sink, &segment, 1, &without) < 0 ||
		gm_vector_segment_take(&merged, &sink.bytes) < 0 ||
		gm_vector_segment_has(merged, gm_vector_segment_first(segment)))
		abort();
}

/* A header that is good, and behind it whatever comes, as often as it takes. */
static int make(struct gm_vector_segment **out, const uint8_t *data, size_t size)
{
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	struct gm_vector_layout layout;
	struct gm_vector_header header;
	/* Of many rows there are candidates by their signs first. */
	bool many = data[5] % 4 == 0;
	size_t dims = 1 + (size_t)data[0] * data[1] % (many ? 24 : 700);
	size_t n_rows = 1 + (size_t)data[2] * data[3] % 300 + (many ? 8192 : 0);

	int rc = gm_vector_header_make(&header, data, dims, data[4], n_rows);
	gm_vector_layout_of(&layout, dims, n_rows);
	if (rc == 0)
		rc = gm_buf_put(&bytes, &header, sizeof(header));
	while (rc == 0 && bytes.size < layout.size) {
		size_t left = (size_t)layout.size - bytes.size;
		rc = gm_buf_put(&bytes, data, left < size ? left : size);
	}
	return rc < 0 ? rc : gm_vector_segment_take(out, &bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *raw = NULL;
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment = NULL;
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	float q[GM_VECTOR_MAX_DIMS];

	if (size < GM_VECTOR_MODEL_SIZE || gm_buf_put(&bytes, data, size) < 0)
		return 0;
	(void)gm_vector_segment_take(&raw, &bytes);
	if (make(&segment, data, size) < 0)
		abort();
	for (size_t i = 0; i < GM_VECTOR_MAX_DIMS; i++)
		q[i] = (float)data[i % size] - 100.5f;
	if (gm_vector_query_new(&query, q, gm_vector_segment_dims(segment)) < 0)
		abort();
	ask(segment, query);
	merge(segment);
	return 0;
}
