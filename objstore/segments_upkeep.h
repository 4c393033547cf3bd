/*
 * Upkeep: what is done for a store between its writes, in steps that are small. Nothing of it
 * is needed for what is stored to be there, and all of it may be interrupted anywhere.
 *
 * The lock of the store is held for an instant only, when what was made without it comes into
 * force; the lock in `store/upkeep` (objstore/segments_locks.h) keeps two from doing the same.
 */
#ifndef GM_OBJSTORE_SEGMENTS_UPKEEP_H
#define GM_OBJSTORE_SEGMENTS_UPKEEP_H

#include "base/time.h"
#include "objstore/segments_write.h"
#include "objstore/store.h"

/*
 * After this handle wrote: seal the active segment when that is due, merge small indexes and
 * logs, train dictionaries that are missing. Holds no lock for long, and must not be called
 * with the store's.
 */
int gm_segments_settle(struct gm_segments *segments);

/* Its parts. The first takes the lock for an instant, the others need `store/upkeep`. */
int gm_segments_seal_due(struct gm_segments *segments);
int gm_segments_merge_indexes(struct gm_segments *segments);
int gm_segments_merge_logs(struct gm_segments *segments);
int gm_segments_learn_all(struct gm_segments *segments);

/*
 * Write all sealed logs anew without the entries for which `keep` returns 0 (1 keeps one), as
 * gm_segment_log_filter() does.
 * Needs `store/upkeep`, and a refresh behind taking that.
 */
int gm_segments_filter_logs(
	struct gm_segments *segments, gm_store_reflog_fn keep, void *payload);

/*
 * The same, however little there is, unless another one is at it. `*held_out` is how long the
 * lock was held, in microseconds.
 */
int gm_segments_seal_any(gm_time *held_out, struct gm_segments *segments);

/* Whether there is anything to do for them. */
bool gm_segments_can_merge_indexes(const struct gm_segments *segments);
bool gm_segments_can_merge_logs(const struct gm_segments *segments);
bool gm_segments_can_learn(const struct gm_segments *segments);

/* Remove indexes, logs and tables that `before` names and the store does not any more. */
void gm_segments_remove_old(
	struct gm_segments *segments, const struct gm_manifest *before);

#endif
