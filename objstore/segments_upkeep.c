#include "objstore/segments_upkeep.h"

#include "objstore/segments_locks.h"

/* One does not need the other. */
static int tidy(struct gm_segments *segments, bool learn)
{
	int indexes = gm_segments_merge_indexes(segments);
	int logs = gm_segments_merge_logs(segments);
	int rc = learn ? gm_segments_learn_all(segments) : 0;

	return indexes < 0 ? indexes : logs < 0 ? logs : rc;
}

int gm_segments_settle(struct gm_segments *segments)
{
	int rc = gm_segments_flush(segments);

	if (rc < 0 || !segments->has_written)
		return rc;
	segments->has_written = false;
	const uint64_t generation = segments->manifest.generation;
	rc = gm_segments_seal_due(segments);
	if (rc < 0)
		return rc;
	/* There are more samples than there were, or as many as are needed. */
	bool learn = segments->may_learn || segments->manifest.generation != generation;
	segments->may_learn = false;
	learn = learn && gm_segments_can_learn(segments);
	if (!learn && !gm_segments_can_merge_indexes(segments) &&
		!gm_segments_can_merge_logs(segments))
		return 0;
	rc = gm_segments_upkeep_try(segments);
	if (rc <= 0)
		return rc;
	/* Whoever had it before may have done it: then our files would have the names of theirs. */
	rc = gm_segments_refresh(segments);
	if (rc >= 0)
		rc = tidy(segments, learn);
	gm_segments_upkeep_end(segments);
	return rc;
}
