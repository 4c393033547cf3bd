#include <stdint.h>
#include <stdlib.h>

#include "index/segment_sink.h"
#include "index/vector_query.h"

/* All that can be asked of a segment, whatever its bytes are. */
static void ask(struct gm_vector_segment *segment, const struct gm_vector_query *query)
{
	gm_autovectorhits hits = GM_VECTOR_HITS_INIT;
	gm_autobitmap rows = GM_BITMAP_INIT;
	int64_t first = gm_vector_segment_first(segment);
	size_t n = gm_vector_segment_rows(segment);
	float *all = gm_malloc(n * sizeof(*all));
	float sum[GM_VECTOR_MAX_DIMS] = {0};

	(void)gm_vector_search(&hits, &segment, 1, query, NULL, 20);
	(void)gm_bitmap_set(&rows, first + (int64_t)n / 2);
	(void)gm_vector_search(&hits, &segment, 1, query, &rows, 20);
	if (all)
		gm_vector_cosines(all, segment, query);
	gm_vector_add(segment, first + (int64_t)n - 1, 1, sum);
	(void)gm_vector_query_cosine(query, sum);
	gm_free(all);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_vector_segment_free_p) struct gm_vector_segment *segment = NULL;
	gm_cleanup(gm_vector_query_free_p) struct gm_vector_query *query = NULL;
	gm_autobuf bytes = GM_BUF_INIT(GM_BUF_LARGE);
	float q[GM_VECTOR_MAX_DIMS];

	if (gm_buf_put(&bytes, data, size) < 0 ||
		gm_vector_segment_take(&segment, &bytes) < 0)
		return 0;
	for (size_t i = 0; i < GM_VECTOR_MAX_DIMS; i++)
		q[i] = (float)(data[i % size] - 100);
	if (gm_vector_query_new(&query, q, gm_vector_segment_dims(segment)) < 0)
		return 0;
	ask(segment, query);
	merge(segment);
	return 0;
}
