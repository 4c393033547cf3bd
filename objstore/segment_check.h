/*
 * Checking a segment store: checksums, bounds, order, that every object is indexed and every
 * entry of an index leads to it, and that the files of refs agree. (gm_store_check(), without
 * the contents of objects, which its caller reads.)
 */
#ifndef GM_OBJSTORE_SEGMENT_CHECK_H
#define GM_OBJSTORE_SEGMENT_CHECK_H

#include "objstore/segments.h"
#include "objstore/store.h"

/* What a check works on. */
struct gm_segment_check {
	struct gm_segments *segments;
	gm_store_report_fn report;
	void *payload;
};

int gm_segments_check(
	struct gm_segments *segments, gm_store_report_fn report, void *payload);

/* The part of it that looks at dictionaries, the ref table and the logs. */
int gm_segments_check_files(const struct gm_segment_check *check);

/* gm_store_each_stray() */
int gm_segments_each_stray(
	struct gm_segments *segments, gm_store_report_fn report, void *payload);

/* Report one fault. */
int gm_segment_fault(const struct gm_segment_check *check, const char *subject,
	const char *fmt, ...) GM_PRINTF(3, 4);

/* Report the error `rc`, if it is one; those that say nothing about the store are returned. */
int gm_segment_fault_error(
	const struct gm_segment_check *check, const char *subject, int rc);

#endif
