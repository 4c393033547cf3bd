#include "index/ordinals.h"

#include "index/posting_segment.h"

int gm_ordinals_make(struct gm_ordinals *out, const struct gm_segments *segments)
{
	gm_autofree uint32_t *starts = gm_calloc(segments->n + 1, sizeof(*starts));
	uint64_t n = 0;

	if (!starts)
		return GM_ENOMEM;
	for (size_t i = 0; i < segments->n; i++) {
		starts[i] = (uint32_t)n;
		n += gm_posting_segment_rows(segments->postings[i]);
		if (n > (uint64_t)GM_BITMAP_MAX_ROW)
			return gm_error(GM_ETOOBIG, "the index has too many rows");
	}
	starts[segments->n] = (uint32_t)n;
	out->segments = segments;
	out->n = (uint32_t)n;
	out->starts = gm_steal(&starts);
	return 0;
}

void gm_ordinals_dispose(struct gm_ordinals *ordinals)
{
	gm_free(ordinals->starts);
	*ordinals = (struct gm_ordinals)GM_ORDINALS_INIT;
}

size_t gm_ordinal_segment(const struct gm_ordinals *ordinals, uint32_t ordinal)
{
	size_t from = 0;
	size_t to = ordinals->segments->n;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;
		if (ordinal < ordinals->starts[middle])
			to = middle;
		else
			from = middle;
	}
	return from;
}

const struct gm_document *gm_ordinal_document(
	const struct gm_ordinals *ordinals, uint32_t ordinal)
{
	size_t i = gm_ordinal_segment(ordinals, ordinal);

	return gm_posting_segment_documents(ordinals->segments->postings[i]) +
		(ordinal - ordinals->starts[i]);
}

int64_t gm_ordinal_row(const struct gm_ordinals *ordinals, uint32_t ordinal)
{
	size_t i = gm_ordinal_segment(ordinals, ordinal);

	return gm_posting_segment_first(ordinals->segments->postings[i]) +
		(ordinal - ordinals->starts[i]);
}

uint32_t gm_ordinal_of(const struct gm_ordinals *ordinals, int64_t row)
{
	const struct gm_segments *segments = ordinals->segments;

	for (size_t i = segments->n; i > 0; i--) {
		int64_t offset =
			row - gm_posting_segment_first(segments->postings[i - 1]);
		if (offset < 0)
			continue;
		if ((uint64_t)offset >= ordinals->starts[i] - ordinals->starts[i - 1])
			break;
		return ordinals->starts[i - 1] + (uint32_t)offset;
	}
	return GM_ORDINAL_NONE;
}
