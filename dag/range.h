/*
 * Ranges of revisions as `log` and `diff` take them: A..B and A...B.
 */
#ifndef GM_DAG_RANGE_H
#define GM_DAG_RANGE_H

#include <stdbool.h>

#include "base/mem.h"

struct gm_range {
	char *left; /* "HEAD" when nothing stands there */
	char *right;
	bool symmetric; /* A...B */
};

#define GM_RANGE_INIT                                            \
	{                                                        \
		.left = NULL, .right = NULL, .symmetric = false, \
	}
#define gm_autorange gm_cleanup(gm_range_dispose) struct gm_range
void gm_range_dispose(struct gm_range *range);

/* 1 when `text` is a range, split into `out`, which must be fresh; 0 when it is none. */
int gm_range_split(struct gm_range *out, const char *text);

#endif
