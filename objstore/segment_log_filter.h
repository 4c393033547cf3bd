/*
 * Forgetting entries of reflogs: what a log of ref updates is to hold afterwards.
 */
#ifndef GM_OBJSTORE_SEGMENT_LOG_FILTER_H
#define GM_OBJSTORE_SEGMENT_LOG_FILTER_H

#include "objstore/store.h"

/*
 * Append the updates of `all` (gmlog, without its head), oldest first, but for those with an
 * entry for which `keep` returns 0. The logs say once more what the table of refs says: of the
 * updates of a ref the last one stays in any case, then without its entry.
 */
int gm_segment_log_filter(struct gm_buf *out, const struct gm_buf *all,
	gm_store_reflog_fn keep, void *payload);

#endif
