#include "base/interrupt.h"
#include "index/posting_internal.h"
#include "index/posting_writer.h"
#include "index/varint.h"

/* One of the segments that are merged. */
struct part {
	struct gm_posting_segment *segment;
	int64_t base;  /* its first row, as an offset in the new segment */
	bool filtered; /* it has rows that are dropped */
	bool ended;
	bool first;   /* it has the term that is next */
	uint64_t key; /* of its current term */
	struct gm_term_cursor cursor;
};

struct merge {
	struct gm_posting_writer writer;
	struct part *parts;
	size_t n;
	const struct gm_bitmap *without;
};

static void merge_dispose(struct merge *merge)
{
	gm_posting_writer_dispose(&merge->writer);
	gm_free(merge->parts);
}

static int step(struct part *part)
{
	int rc = gm_term_cursor_step(&part->cursor);

	part->ended = rc <= 0;
	if (rc == 1)
		part->key = gm_term_key(part->cursor.text, part->cursor.size);
	return rc < 0 ? rc : 0;
}

static int compare(const struct part *a, const struct part *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return gm_term_compare(
		a->cursor.text, a->cursor.size, b->cursor.text, b->cursor.size);
}

/* Find out which parts have the first term of all; NULL when they are at their ends. */
static const struct part *find_first(struct merge *merge)
{
	const struct part *first = NULL;

	for (size_t i = 0; i < merge->n; i++) {
		struct part *part = &merge->parts[i];
		int order = part->ended ? 1 : first ? compare(part, first) : -1;
		part->first = order <= 0;
		for (size_t k = 0; order < 0 && k < i; k++)
			merge->parts[k].first = false;
		if (order < 0)
			first = part;
	}
	return first;
}

/* Row by row, without those that are dropped. */
static int put_filtered(struct merge *merge, const struct gm_posting_block *block,
	const struct gm_posting_list *list)
{
	int64_t first = merge->parts[0].segment->trailer.first;
	const uint8_t *places = list->has_places ? list->places : NULL;
	const uint8_t *end = places ? places + list->places_size : NULL;
	int rc = 0;

	for (size_t i = 0; i < block->n && rc == 0; i++) {
		const uint8_t *next =
			places ? gm_leb128_skip(places, end, block->tf[i]) : NULL;
		if (places && !next)
			return gm_posting_damaged();
		if (!gm_bitmap_test(merge->without, first + block->rows[i]))
			rc = gm_posting_writer_put(&merge->writer, &block->rows[i],
				&block->tf[i], 1, places,
				places ? (size_t)(next - places) : 0);
		places = next;
	}
	return rc;
}

static int put_list(struct merge *merge, const struct part *part)
{
	struct gm_posting_list list = part->cursor.list;
	struct gm_posting_block block;
	int rc;

	while ((rc = gm_posting_list_next(&block, &list)) == 1) {
		for (size_t i = 0; i < block.n; i++)
			block.rows[i] += (uint32_t)part->base;
		rc = part->filtered
			? put_filtered(merge, &block, &list)
			: gm_posting_writer_put(&merge->writer, block.rows, block.tf,
				  block.n, list.has_places ? list.places : NULL,
				  list.has_places ? list.places_size : 0);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int merge_terms(struct merge *merge)
{
	const struct part *first;
	int rc = 0;

	while (rc == 0 && (first = find_first(merge))) {
		rc = gm_interrupted();
		if (rc == 0)
			rc = gm_posting_writer_begin(
				&merge->writer, first->cursor.text, first->cursor.size);
		for (size_t i = 0; i < merge->n && rc == 0; i++) {
			struct part *part = &merge->parts[i];
			if (!part->first)
				continue;
			rc = put_list(merge, part);
			if (rc == 0)
				rc = step(part);
		}
		if (rc == 0)
			rc = gm_posting_writer_end(&merge->writer);
	}
	return rc;
}

static int take_parts(
	struct merge *merge, struct gm_posting_segment *const *items, size_t n)
{
	int64_t first = items[0]->trailer.first;
	int64_t next = first;
	int rc = 0;

	merge->parts = gm_calloc(n, sizeof(*merge->parts));
	if (!merge->parts)
		return GM_ENOMEM;
	merge->n = n;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct part *part = &merge->parts[i];
		const struct gm_posting_trailer *trailer = &items[i]->trailer;
		if (trailer->first != next)
			return gm_error(GM_EINVALID,
				"recall index: the segments to be merged are no "
				"neighbours");
		part->segment = items[i];
		part->base = next - first;
		next += trailer->rows;
		if (merge->without) {
			int64_t row = gm_bitmap_next(merge->without, trailer->first);
			part->filtered = row >= 0 && row < next;
		}
		rc = gm_term_cursor_init(&part->cursor, items[i], 0);
		if (rc == 0)
			rc = step(part);
	}
	return rc;
}

static int merge_documents(struct gm_document **out, size_t *n_out, struct merge *merge)
{
	const struct part *last = &merge->parts[merge->n - 1];
	size_t n = (size_t)last->base + last->segment->trailer.rows;
	struct gm_document *documents = gm_malloc(n * sizeof(*documents));

	if (!documents)
		return GM_ENOMEM;
	for (size_t i = 0; i < merge->n; i++) {
		const struct part *part = &merge->parts[i];
		memcpy(documents + part->base, part->segment->documents,
			part->segment->trailer.rows * sizeof(*documents));
	}
	int64_t first = merge->parts[0].segment->trailer.first;
	for (size_t i = 0; merge->without && i < n; i++)
		if (gm_bitmap_test(merge->without, first + (int64_t)i))
			documents[i] = (struct gm_document){.flags = GM_DOCUMENT_NONE};
	*out = documents;
	*n_out = n;
	return 0;
}

int gm_posting_segments_merge(struct gm_segment_sink *sink,
	struct gm_posting_segment *const *items, size_t n,
	const struct gm_bitmap *without)
{
	gm_cleanup(merge_dispose) struct merge merge = {.without = without};
	gm_autofree struct gm_document *documents = NULL;
	size_t n_documents = 0;
	int rc = gm_posting_writer_init(&merge.writer, sink);

	if (rc == 0 && !n)
		rc = gm_error(GM_EINVALID, "recall index: no segments to be merged");
	if (rc == 0)
		rc = take_parts(&merge, items, n);
	if (rc == 0)
		rc = merge_terms(&merge);
	if (rc == 0)
		rc = merge_documents(&documents, &n_documents, &merge);
	if (rc == 0)
		rc = gm_posting_writer_finish(
			&merge.writer, items[0]->trailer.first, documents, n_documents);
	return rc;
}
