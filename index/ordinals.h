/*
 * The rows of all segments of a question, numbered from 0 without gaps, so that arrays can stand
 * beside them: ordinals. They live as long as the segments.
 */
#ifndef GM_INDEX_ORDINALS_H
#define GM_INDEX_ORDINALS_H

#include "index/document.h"
#include "index/segments.h"

#define GM_ORDINAL_NONE UINT32_MAX

struct gm_ordinals {
	const struct gm_segments *segments;
	uint32_t *starts; /* the first of each segment, and the end of the last */
	uint32_t n;
};

#define GM_ORDINALS_INIT                                 \
	{                                                \
		.segments = NULL, .starts = NULL, .n = 0 \
	}
#define gm_autoordinals gm_cleanup(gm_ordinals_dispose) struct gm_ordinals

/* `out` must be empty. GM_ENOMEM, GM_ETOOBIG. */
int gm_ordinals_make(struct gm_ordinals *out, const struct gm_segments *segments);
void gm_ordinals_dispose(struct gm_ordinals *ordinals);

/* The segment that holds an ordinal, which is less than `n`. */
size_t gm_ordinal_segment(const struct gm_ordinals *ordinals, uint32_t ordinal);

const struct gm_document *gm_ordinal_document(
	const struct gm_ordinals *ordinals, uint32_t ordinal);
int64_t gm_ordinal_row(const struct gm_ordinals *ordinals, uint32_t ordinal);

/* GM_ORDINAL_NONE for a row of no segment. */
uint32_t gm_ordinal_of(const struct gm_ordinals *ordinals, int64_t row);

#endif
