/*
 * Checking a segment store: every record's checksum, every index, dictionary, table and log,
 * and that they belong together.
 */
#ifndef GM_OBJSTORE_SEGMENT_CHECK_H
#define GM_OBJSTORE_SEGMENT_CHECK_H

#include "objstore/segments.h"
#include "objstore/store.h"

/* As gm_store_check(). */
int gm_segments_check(
	struct gm_segments *segments, gm_store_report_fn report, void *payload);

#endif
