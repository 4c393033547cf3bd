/*
 * An analysed memory, of any bytes: a segment can be built of what a builder takes, and has the
 * same memory in it, twice.
 */
#include <stdlib.h>
#include <string.h>

#include "index/analysed.h"
#include "index/posting_segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int find_term(const struct gm_analysed_term *term, void *payload)
{
	const struct gm_posting_segment *segment = payload;
	struct gm_posting_list list;
	struct gm_posting_block block;
	gm_autoplaces places = GM_PLACES_INIT;

	if (gm_posting_segment_find(
		    &list, segment, term->field, term->text, term->size) != 1 ||
		gm_posting_list_next(&block, &list) != 1 || block.n != 2 ||
		block.tf[0] != term->tf || block.tf[1] != term->tf)
		abort();
	/* Places that are too large for a number are not looked at before. */
	if (gm_posting_list_places(&places, &list, &block) == 0 &&
		places.n != (term->places ? 2 * (size_t)term->tf : 0))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gm_cleanup(gm_posting_builder_free_p) struct gm_posting_builder *builder = NULL;
	gm_cleanup(gm_posting_segment_free_p) struct gm_posting_segment *segment = NULL;
	struct gm_document document;
	gm_autosink sink;

	gm_segment_sink_to_memory(&sink);
	if (!size || gm_posting_builder_new(&builder, 1) < 0 ||
		gm_posting_builder_add(builder, data, size) < 0)
		return 0;
	if (gm_posting_builder_add(builder, data, size) < 0 ||
		gm_posting_builder_finish(builder, &sink) < 0 ||
		gm_posting_segment_take(&segment, &sink.bytes) < 0 ||
		gm_analysed_parse(&document, data, size, find_term, segment) < 0)
		abort();
	return 0;
}
