/*
 * Which entries of reflogs are too old to be kept (git-reflog(1), "expire").
 */
#ifndef GM_DAG_REFLOG_EXPIRE_H
#define GM_DAG_REFLOG_EXPIRE_H

#include "dag/repository.h"

struct gm_reflog_expire_options {
	const char *ref; /* whose log; NULL: those of all refs, and of HEAD */
	gm_time expire;  /* entries before it go; INT64_MIN: none, INT64_MAX: all */
	gm_time expire_unreachable; /* those of commits that no ref leads to */
	bool is_dry;
};

struct gm_reflog_expire_result {
	size_t n_kept;
	size_t n_expired;
};

/*
 * Forget what is too old. What no ref leads to is safe from gc for as long as a log tells of it,
 * so this is the one way to lose commits that were left behind. When history cannot be walked
 * nothing is forgotten.
 */
int gm_reflogs_expire(struct gm_reflog_expire_result *out, struct gm_repo *repo,
	struct gm_lock *lock, const struct gm_reflog_expire_options *options);

#endif
