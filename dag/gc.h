/*
 * gc: pack what must live, and let go of what nothing leads to any more.
 */
#ifndef GM_DAG_GC_H
#define GM_DAG_GC_H

#include "dag/reachable.h"
#include "objstore/compact.h"

struct gm_gc_options {
	gm_time expire; /* what nothing leads to and is older goes; GM_TIME_NONE: nothing goes */
	bool is_dry; /* only tell what would be done */
	bool progress;
};

struct gm_gc_result {
	size_t n_live; /* objects that something leads to */
	struct gm_compact_stats stats;
};

/*
 * For a repository in segments. GM_ELOCKED when another gc runs. When something that must live
 * is missing or damaged (GM_ENOTFOUND, GM_EMISMATCH) nothing is done.
 */
int gm_gc(struct gm_gc_result *out, struct gm_repo *repo,
	const struct gm_gc_options *options);

#endif
