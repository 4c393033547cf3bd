#include <string.h>

#include "base/error.h"
#include "index/segment_sink.h"
#include "index/vector_internal.h"

/* What is merged, as one long array of rows. */
struct merge {
	struct gm_segment_sink *sink;
	struct gm_vector_segment *const *items;
	size_t n;
	const struct gm_bitmap *without;
	struct gm_vector_header header;
	struct gm_vector_layout layout;
};

/* A walk over the rows; `segment` is NULL for those that get no vector. */
struct walk {
	size_t item;
	size_t next; /* offset in the item */
	const struct gm_vector_segment *segment;
	size_t offset;
};

static bool step(struct walk *walk, const struct merge *merge)
{
	if (walk->item < merge->n &&
		walk->next == merge->items[walk->item]->header.n_rows) {
		walk->item++;
		walk->next = 0;
	}
	if (walk->item == merge->n)
		return false;
	const struct gm_vector_segment *segment = merge->items[walk->item];
	walk->offset = walk->next++;
	bool kept = gm_vector_scale(segment, walk->offset) > 0;
	if (kept && merge->without)
		kept = !gm_bitmap_test(merge->without,
			segment->header.first_row + (int64_t)walk->offset);
	walk->segment = kept ? segment : NULL;
	return true;
}

static void take_signs(
	uint8_t *block, const struct merge *merge, const struct walk *walk, size_t place)
{
	const struct gm_vector_segment *segment = walk->segment;
	size_t sign_bytes = merge->layout.sign_bytes;
	const uint8_t *from = gm_vector_block(segment, walk->offset / GM_KERNEL_BLOCK) +
		walk->offset % GM_KERNEL_BLOCK;

	for (size_t b = 0; b < sign_bytes; b++)
		block[b * GM_KERNEL_BLOCK + place] = from[b * GM_KERNEL_BLOCK];
	memcpy(block + sign_bytes * GM_KERNEL_BLOCK + place * sizeof(float),
		gm_vector_factor(segment, walk->offset), sizeof(float));
}

static int put_blocks(const struct merge *merge)
{
	gm_autofree uint8_t *block = gm_malloc(merge->layout.block_size);
	struct walk walk = {.item = 0};
	int rc = 0;

	if (!block)
		return GM_ENOMEM;
	for (size_t i = 0; rc == 0 && i < merge->layout.n_blocks; i++) {
		memset(block, 0, merge->layout.block_size);
		for (size_t place = 0; place < GM_KERNEL_BLOCK && step(&walk, merge);
			place++) {
			if (walk.segment)
				take_signs(block, merge, &walk, place);
		}
		rc = gm_segment_sink_put(merge->sink, block, merge->layout.block_size);
	}
	return rc;
}

/* A section of `size` bytes for each row. */
static int put_section(const struct merge *merge, size_t size,
	const void *(*find)(const struct gm_vector_segment *segment, size_t offset))
{
	static const uint8_t nothing[GM_VECTOR_MAX_DIMS] = {0};
	struct walk walk = {.item = 0};
	int rc = 0;

	while (rc == 0 && step(&walk, merge))
		rc = gm_segment_sink_put(merge->sink,
			walk.segment ? find(walk.segment, walk.offset) : nothing, size);
	return rc < 0 ? rc : gm_segment_sink_align(merge->sink, GM_VECTOR_ALIGNMENT);
}

static const void *find_scale(const struct gm_vector_segment *segment, size_t offset)
{
	return segment->bytes + segment->layout.scales + offset * sizeof(float);
}

static const void *find_codes(const struct gm_vector_segment *segment, size_t offset)
{
	return gm_vector_codes(segment, offset);
}

/* Are they of one kind, and does each begin where the one before ends? */
static int check(struct gm_vector_segment *const *items, size_t n, size_t *n_rows_out)
{
	const struct gm_vector_header *first = &items[0]->header;
	size_t n_rows = 0;

	for (size_t i = 0; i < n; i++) {
		const struct gm_vector_header *header = &items[i]->header;
		if (header->dims != first->dims ||
			memcmp(header->model, first->model, sizeof(header->model)) != 0)
			return gm_error(GM_EINVALID,
				"vectors of several models cannot be merged");
		if (header->first_row != first->first_row + (int64_t)n_rows)
			return gm_error(GM_EINVALID,
				"vectors of rows that do not follow each other cannot be "
				"merged");
		n_rows += (size_t)header->n_rows;
	}
	*n_rows_out = n_rows;
	return 0;
}

static int put_all(const struct merge *merge)
{
	int rc = gm_segment_sink_put(merge->sink, &merge->header, sizeof(merge->header));

	if (rc == 0)
		rc = put_blocks(merge);
	if (rc == 0)
		rc = put_section(merge, sizeof(float), find_scale);
	if (rc == 0)
		rc = put_section(merge, merge->layout.row_size, find_codes);
	return rc < 0 ? rc : gm_segment_sink_finish(merge->sink, NULL);
}

int gm_vector_segments_merge(struct gm_segment_sink *sink,
	struct gm_vector_segment *const *items, size_t n, const struct gm_bitmap *without)
{
	struct merge merge = {.sink = sink, .items = items, .n = n, .without = without};
	struct walk walk = {.item = 0};
	size_t n_rows = 0;

	int rc = check(items, n, &n_rows);
	if (rc < 0)
		return rc;
	const struct gm_vector_header *first = &items[0]->header;
	rc = gm_vector_header_make(
		&merge.header, first->model, first->dims, first->first_row, n_rows);
	if (rc < 0)
		return rc;
	gm_vector_layout_of(&merge.layout, first->dims, n_rows);
	while (step(&walk, &merge))
		merge.header.n_vectors += walk.segment != NULL;
	return put_all(&merge);
}
